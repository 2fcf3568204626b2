/** The Docker network that the lane's clusters share, and this machine's address in it. */
import { KnownFailure } from '../../../../domain/known-failure.js';
import { currentRecord, type LaneContext, noteOfPart } from '../lane-context.js';
import { networkName } from '../names.js';
import { laneLabel } from '../objects/own-objects.js';

/** Makes the network, unless there is one. Clusters that exist already have their own. */
export const makeNetwork = async ({
  options,
  systems,
  recordFile,
  id,
  progress,
  signal,
}: LaneContext): Promise<void> => {
  if (options.adopt.includes('clusters')) {
    await recordFile.update(noteOfPart('network', 'adopted'));
    return progress("network: the clusters' own");
  }
  const docker = await systems.docker();
  const found = await docker.network(networkName, { signal });
  if (found !== undefined) {
    const ours = found.labels[laneLabel] === id;
    await recordFile.update(noteOfPart('network', ours ? 'made' : 'adopted'));
    return progress(`network: ${networkName} found`);
  }
  await recordFile.update(noteOfPart('network', 'making'));
  await docker.createNetwork({ name: networkName, labels: { [laneLabel]: id } }, { signal });
  await recordFile.update(noteOfPart('network', 'made'));
  progress(`network: ${networkName} made`);
};

export const removeNetwork = async (context: LaneContext): Promise<void> => {
  const { parts } = await currentRecord(context);
  if (parts['network'] !== 'made' && parts['network'] !== 'making') return;
  const docker = await context.systems.docker();
  const { signal } = context;
  const found = await docker.network(networkName, { signal });
  if (found?.labels[laneLabel] === context.id) await docker.removeNetwork(networkName, { signal });
};

/** This machine as pods reach it. */
export const hostAddressOf = async ({ options, systems, signal }: LaneContext): Promise<string> => {
  if (options.hostAddress !== undefined) return options.hostAddress;
  const gateway = (await (await systems.docker()).network(networkName, { signal }))?.gateway;
  if (gateway !== undefined) return gateway;
  throw new KnownFailure(
    'HostAddressUnknown',
    `The Docker network ${networkName} does not say how pods reach this machine: say it in k3d.hostAddress of the plan`,
    { retryable: true },
  );
};
