/** The lane's bucket: a RustFS container beside the clusters, or a server on this machine that pods reach. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { ensurePrivateFolder } from '../../../../systems/files/private-folder.js';
import { writePrivateFile } from '../../../../systems/files/private-file.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { answers, ensureBucket, ensureStorage, removeStorageLeftovers } from '../../made/processes/storage.js';
import { createSupervisor } from '../../made/processes/supervisor.js';
import { materialRef } from '../../made/lane-materials.js';
import { currentRecord, type LaneContext, noteOfPart } from '../lane-context.js';
import type { K3dLaneRecord } from '../lane-record.js';
import { hostAddressOf } from './make-network.js';
import { networkName, storageContainer, storageContainerPort } from '../names.js';
import { imageOf } from '../machine/images.js';
import { laneLabel } from '../objects/own-objects.js';

export interface StorageAddress {
  readonly address: string;
  readonly port: number;
}

export const makeStorage = async (context: LaneContext): Promise<void> => {
  const record = await currentRecord(context);
  // An engine that does not answer has made nothing: what is noted has to be removed one day, and then it is asked.
  if (record.storage === 'container') await (await context.systems.docker()).container(storageContainer, context);
  await context.recordFile.update(noteOfPart('storage', 'making'));
  const done = await (record.storage === 'container'
    ? makeContainer(context, record.ports.storage)
    : startProcess(context, record));
  await context.recordFile.update(noteOfPart('storage', 'made'));
  context.progress(`storage: ${done}`);
};

/** Where this machine reaches the bucket. */
export const storageEndpoint = async (context: LaneContext): Promise<string> => {
  const { storage, ports } = await currentRecord(context);
  return `http://${storage === 'container' ? '127.0.0.1' : await hostAddressOf(context)}:${ports.storage}`;
};

/** Where pods reach it. A container is beside clusters that k3d has made; others know this machine alone. */
export const storageForPods = async (context: LaneContext): Promise<StorageAddress> => {
  const { storage, ports } = await currentRecord(context);
  if (storage !== 'container' || context.options.adopt.includes('clusters')) {
    return { address: await hostAddressOf(context), port: ports.storage };
  }
  const docker = await context.systems.docker();
  const found = await docker.container(storageContainer, { signal: context.signal });
  const address = found?.addresses[networkName];
  if (address !== undefined) return { address, port: storageContainerPort };
  throw new KnownFailure(
    'StorageMissing',
    `The container ${storageContainer} does not run in the network ${networkName}: bring the lane up again`,
    { retryable: true },
  );
};

export const removeStorage = async (context: LaneContext): Promise<void> => {
  const record = await currentRecord(context);
  if (record.parts['storage'] === undefined) return;
  if (record.storage === 'container') {
    const docker = await context.systems.docker();
    const found = await docker.container(storageContainer, { signal: context.signal });
    if (found?.labels[laneLabel] === context.id) {
      await docker.remove(storageContainer, { signal: context.signal });
    }
  } else {
    await supervise(context).stopAll();
    await removeStorageLeftovers({ storage: record.storage, ports: record.ports });
  }
  await rm(context.paths.storage.home, { recursive: true, force: true });
};

const supervise = ({ recordFile, paths }: LaneContext) => createSupervisor(recordFile, paths.folder);

const startProcess = async (context: LaneContext, record: K3dLaneRecord): Promise<string> => {
  const { paths, materials, tools, signal } = context;
  const storage = record.storage === 'rustfs' ? 'rustfs' : 'weed';
  const supervisor = supervise(context);
  const ran = await supervisor.isRunning('storage');
  await ensureStorage({
    paths,
    record: { lane: record.lane, storage, ports: record.ports },
    host: await hostAddressOf(context),
    supervisor,
    materials,
    program: (await tools.ensure(storage)).path,
    signal,
  });
  return ran ? 'found' : `${storage} started`;
};

/** Its data and its keys are in the lane's folder, so it is run as this user. Keys are in files, and in no argument. */
const makeContainer = async (context: LaneContext, port: number): Promise<string> => {
  const { systems, id, materials, lane, paths, options, signal } = context;
  const docker = await systems.docker();
  const owner = {
    accessKeyId: await materials.read(materialRef(lane, 'bucketOwnerKey')),
    secretAccessKey: await materials.read(materialRef(lane, 'bucketOwnerSecret')),
  };
  const found = await docker.container(storageContainer, { signal });
  if (found !== undefined && found.labels[laneLabel] !== id) {
    throw new KnownFailure(
      'LaneObjectsTaken',
      `Lane ${lane} did not make the container ${storageContainer}, which is in its place: remove it if nobody needs it`,
    );
  }
  if (found?.running !== true) {
    const image = imageOf('rustfs', options);
    await docker.remove(storageContainer, { signal });
    const keys = await ensurePrivateFolder(join(paths.storage.home, 'keys'));
    const data = await ensurePrivateFolder(join(paths.storage.home, 'data'));
    await writePrivateFile(join(keys, 'access-key'), owner.accessKeyId);
    await writePrivateFile(join(keys, 'secret-key'), owner.secretAccessKey);
    if (!(await docker.hasImage(image, { signal }))) await docker.pull(image, { signal });
    await docker.run(
      {
        name: storageContainer,
        image,
        ...(options.adopt.includes('clusters') ? {} : { network: networkName }),
        publish: [
          `127.0.0.1:${port}:${storageContainerPort}`,
          ...(options.adopt.includes('clusters')
            ? [`${await hostAddressOf(context)}:${port}:${storageContainerPort}`]
            : []),
        ],
        environment: {
          RUSTFS_CONSOLE_ENABLE: 'false',
          RUSTFS_ADDRESS: `:${storageContainerPort}`,
          RUSTFS_VOLUMES: '/data',
          RUSTFS_ACCESS_KEY_FILE: '/keys/access-key',
          RUSTFS_SECRET_KEY_FILE: '/keys/secret-key',
        },
        mounts: [
          { source: data, target: '/data' },
          { source: keys, target: '/keys', readOnly: true },
        ],
        labels: { [laneLabel]: id },
        ...(process.getuid === undefined || process.getgid === undefined
          ? {}
          : { user: `${process.getuid()}:${process.getgid()}` }),
      },
      { signal },
    );
  }
  const endpoint = await storageEndpoint(context);
  await waitUntil(async () => (await answers(`${endpoint}/health`)) || undefined, {
    what: `the container ${storageContainer} to serve the bucket`,
    timeoutMs: 120_000,
    intervalMs: 250,
    signal,
  });
  await ensureBucket(endpoint, owner);
  return found?.running === true ? 'found' : `container ${storageContainer} started`;
};
