/** The lane's three Kubernetes clusters: made by k3d, or taken as they are. */
import { readFile } from 'node:fs/promises';
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { SiteName } from '../../../../domain/pair/topology.js';
import { clusterConfigFile } from '../objects/assets.js';
import { laneImages } from '../machine/images.js';
import { clusterOf, currentRecord, kubeconfigRef, type LaneContext, noteOfPart } from '../lane-context.js';
import { contextName, k3dClusterName } from '../names.js';

/**
 * @throws KnownFailure `ClusterTaken`: k3d has a cluster of this name that is not the lane's.
 * @throws KnownFailure `SealKeyLost`: infra's is gone, and sides are sealed by it.
 * @throws KnownFailure `ClusterStopped`, `KubectlSkewed`, or as the programs do.
 */
export const makeCluster = async (context: LaneContext, site: SiteName): Promise<void> => {
  const { options, recordFile, progress } = context;
  const part = `cluster-${site}`;
  if (options.adopt.includes('clusters')) {
    const server = await look(context, site);
    await recordFile.update(noteOfPart(part, 'adopted'));
    return progress(`cluster ${site}: ${contextName(site)} answers, Kubernetes ${server}`);
  }
  const made = await ensureMade(context, site);
  const server = await look(context, site);
  progress(`cluster ${site}: ${made ? 'made' : 'found'}, Kubernetes ${server}`);
};

const ensureMade = async (context: LaneContext, site: SiteName): Promise<boolean> => {
  const { systems, recordFile, materials, options, lane, signal } = context;
  const part = `cluster-${site}`;
  const name = k3dClusterName(site);
  const k3d = await systems.k3d();
  const state = (await currentRecord(context)).parts[part];
  const found = (await k3d.list({ signal })).find((cluster) => cluster.name === name);
  if (found !== undefined && state === undefined) throw taken(lane, name);
  if (found !== undefined && state === 'made') {
    if (found.serversRunning === 0) throw stopped(name);
    await keepKubeconfig(context, site);
    return false;
  }
  if (site === 'infra' && found === undefined) await assertNoKeyLost(context);
  await recordFile.update(noteOfPart(part, 'making'));
  if (found !== undefined) await k3d.remove(name, { signal });
  // A cluster that is made anew has nothing of what was in the old one.
  await recordFile.update((record) => {
    record.ready = record.ready.filter((other) => other !== site);
  });
  context.progress(`cluster ${site}: k3d makes ${name}, which takes a minute or two`);
  await k3d.create(await readFile(await clusterConfigFile(site), 'utf8'), { signal });
  await materials.write(kubeconfigRef(context, site), await k3d.kubeconfig(name, { signal }));
  // Nodes do not see what the engine has: what is there need not be fetched once more.
  await systems.importImages(laneImages(options), [name], signal);
  await recordFile.update(noteOfPart(part, 'made'));
  return true;
};

/** What opens both sides' data is in infra's OpenBao: a new one could not. */
const assertNoKeyLost = async (context: LaneContext): Promise<void> => {
  const { ready } = await currentRecord(context);
  if (!ready.includes('infra') || ready.length === 1) return;
  throw new KnownFailure(
    'SealKeyLost',
    `The cluster ${k3dClusterName('infra')} is gone, and with it the key that opens the data of source and target: take the lane down with "openbao-dr down ${context.lane}"`,
  );
};

/** Cheap, and the ports in it change when Docker starts anew. */
const keepKubeconfig = async (
  { systems, materials, signal, ...context }: LaneContext,
  site: SiteName,
): Promise<void> => {
  const k3d = await systems.k3d();
  await materials.write(kubeconfigRef(context, site), await k3d.kubeconfig(k3dClusterName(site), { signal }));
};

/** @returns the API server's version. */
const look = async (context: LaneContext, site: SiteName): Promise<string> => {
  const cluster = await clusterOf(context, site);
  await cluster.assertSkew({ signal: context.signal });
  return (await cluster.versions({ signal: context.signal })).server;
};

export const removeCluster = async (context: LaneContext, site: SiteName): Promise<void> => {
  const state = (await currentRecord(context)).parts[`cluster-${site}`];
  if (state !== 'made' && state !== 'making') return;
  const k3d = await context.systems.k3d();
  await k3d.remove(k3dClusterName(site), { signal: context.signal });
  await context.recordFile.update((record) => {
    delete record.parts[`cluster-${site}`];
    record.ready = record.ready.filter((other) => other !== site);
  });
};

const taken = (lane: string, name: string): KnownFailure =>
  new KnownFailure(
    'ClusterTaken',
    `k3d has a cluster ${name} already, which lane ${lane} did not make: adopt it with "adopt: [clusters]" in the plan, or remove it with "k3d cluster delete ${name}"`,
  );

const stopped = (name: string): KnownFailure =>
  new KnownFailure('ClusterStopped', `The cluster ${name} is stopped: start it with "k3d cluster start ${name}"`);
