/** One side's OpenBao as Kubernetes runs it for the operator: how it is ended, started and asked. */
import { isKnownFailure } from '../../../../domain/known-failure.js';
import { listAt, numberAt, textAt, valueAt } from '../../../../domain/fields.js';
import { conditionOf, operatorKinds } from '../../../../systems/openbao-operator/objects.js';
import { baseline, type PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../../../systems/kubernetes/cluster.js';
import type { WorkloadSelection } from '../../../../systems/kubernetes/explain.js';
import { awaiting } from '../../../../systems/openbao/api/awaited-server.js';
import { createOpenBao, type OpenBao } from '../../../../systems/openbao/api/client.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { type LaneMaterial, materialRef } from '../../made/lane-materials.js';
import { awaitObject } from '../objects/await-object.js';
import { edgeFromHere } from './edges.js';
import { clusterOf, type LaneContext } from '../lane-context.js';
import { sideName } from '../names.js';

export const authorityOf: Readonly<Record<PairSide, LaneMaterial>> = { source: 'sourceCa', target: 'targetCa' };

export const clusterRef = (side: PairSide): ObjectRef => ({
  kind: operatorKinds.clusters,
  name: sideName(side),
  namespace: sideName(side),
});

/** Its servers alone: pods of the operator's Jobs, which stay when they are done, have the same labels and one more. */
export const podsOf = (side: PairSide): WorkloadSelection => ({
  namespace: sideName(side),
  selector: `app.kubernetes.io/name=openbao,openbao.org/cluster=${sideName(side)},!openbao.org/component`,
});

export const podOf = (side: PairSide): ObjectRef & { readonly namespace: string } => ({
  kind: 'pods',
  name: `${sideName(side)}-0`,
  namespace: sideName(side),
});
export const statefulSetOf = (side: PairSide): ObjectRef => ({
  kind: 'statefulsets.apps',
  name: sideName(side),
  namespace: sideName(side),
});

/** Through its edge, as everybody reaches it. */
export const connectTo = async (context: LaneContext, side: PairSide): Promise<OpenBao> =>
  createOpenBao({
    address: await edgeFromHere(context, side),
    serverName: baseline.hosts[side],
    caPem: await context.materials.read(materialRef(context.lane, authorityOf[side])),
  });

/**
 * Ends a side's server. Its operator would start it again at once, and its admission lets nobody delete its pods: the operator
 * is told to leave the cluster alone, and the server's set of pods is scaled to none.
 */
export const stopServer = async (context: LaneContext, side: PairSide): Promise<void> => {
  const cluster = await clusterOf(context, side);
  await pauseOperator(context, cluster, side);
  await removePods(context, cluster, side);
};

/** From then on the operator starts nothing again. */
export const pauseOperator = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  await cluster.patch(clusterRef(side), { spec: { paused: true } }, { signal: context.signal });
  await pauseSeen(context, cluster, side);
};

/**
 * Scales a server's set of pods to none, and waits until they are gone. A server that runs is told to end first (SIGTERM).
 *
 * @returns what its container ended with, if somebody saw it: a pod is gone soon after its end.
 */
export const removePods = async (
  context: LaneContext,
  cluster: Cluster,
  side: PairSide,
): Promise<number | undefined> => {
  const { signal } = context;
  let exitCode: number | undefined;
  await cluster.scale(statefulSetOf(side), 0, { signal });
  await waitUntil(
    async () => {
      const pods = await cluster.list('pods', { ...podsOf(side), signal });
      exitCode = pods.map(exitCodeOf).find((code) => code !== undefined) ?? exitCode;
      return pods.length === 0 ? true : undefined;
    },
    { what: `OpenBao ${side} to be gone`, timeoutMs: 120_000, intervalMs: 100, signal },
  );
  return exitCode;
};

/** The operator's own name for the container of the server. */
export const serverContainer = 'openbao';

const exitCodeOf = (pod: KubernetesObject): number | undefined => {
  const server = listAt(pod, 'status', 'containerStatuses').find(
    (status) => textAt(status, 'name') === serverContainer,
  );
  return numberAt(server, 'state', 'terminated', 'exitCode');
};

/** Whether somebody has stopped it: this program, as a drill that lost the side. */
export const isStopped = async (context: LaneContext, side: PairSide): Promise<boolean> => {
  const { signal } = context;
  const cluster = await clusterOf(context, side);
  const [object, set] = await Promise.all([
    cluster.get(clusterRef(side), { signal }),
    cluster.get(statefulSetOf(side), { signal }),
  ]);
  return valueAt(object, 'spec', 'paused') === true || valueAt(set, 'spec', 'replicas') === 0;
};

/** A reconciliation that is under way would set the number of pods back. An operator that does not run does not answer. */
const pauseSeen = async ({ signal, progress }: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  try {
    await waitUntil(
      async () => {
        const seen = conditionOf(await cluster.get(clusterRef(side), { signal }), 'Available');
        return seen?.reason === 'Paused' ? true : undefined;
      },
      { what: 'the operator to pause', timeoutMs: pauseTimeoutMs, intervalMs: 100, signal },
    );
  } catch (error) {
    if (!isKnownFailure(error, 'TimedOut')) throw error;
    progress(`${side}: the operator does not say that it leaves the cluster alone; going on without`);
  }
};

const pauseTimeoutMs = 10_000;

/** Starts it, and has its operator look after it again. Returns once it runs, sealed or not. */
export const startServer = async (context: LaneContext, side: PairSide): Promise<void> => {
  const { signal } = context;
  const cluster = await clusterOf(context, side);
  await cluster.scale(statefulSetOf(side), 1, { signal });
  await cluster.patch(clusterRef(side), { spec: { paused: null } }, { signal });
  await awaitObject(
    cluster,
    {
      ref: podOf(side),
      what: `OpenBao ${side} to run`,
      read: (pod) =>
        textAt(pod, 'metadata', 'deletionTimestamp') === undefined && textAt(pod, 'status', 'phase') === 'Running'
          ? true
          : undefined,
      workload: podsOf(side),
      timeoutMs: 300_000,
    },
    context,
  );
};

/** Through the edge, which has to be open. */
export const serverActive = async (context: LaneContext, side: PairSide): Promise<OpenBao> => {
  const openbao = await connectTo(context, side);
  const { signal } = context;
  await waitUntil(
    awaiting(async () => (await openbao.health({ signal })).status === 200 || undefined),
    {
      what: `OpenBao ${side} to be unsealed and active behind its edge`,
      timeoutMs: 120_000,
      intervalMs: 250,
      signal,
    },
  );
  return openbao;
};

/** Whatever it answers: a sealed server has started, too. */
export const serverAnswers = async (context: LaneContext, side: PairSide): Promise<void> => {
  const openbao = await connectTo(context, side);
  const { signal } = context;
  await waitUntil(
    awaiting(async () => (await openbao.health({ signal })).status > 0 || undefined),
    {
      what: `OpenBao ${side} to answer behind its edge`,
      timeoutMs: 120_000,
      intervalMs: 250,
      signal,
    },
  );
};

export const statusOf = async (openbao: OpenBao, signal: AbortSignal): Promise<number | undefined> => {
  try {
    return (await openbao.health({ signal })).status;
  } catch (error) {
    if (isKnownFailure(error, 'OpenBaoUnreachable')) return undefined;
    throw error;
  }
};

export const gone = async (
  { signal }: Pick<LaneContext, 'signal'>,
  cluster: Cluster,
  pods: WorkloadSelection,
  what: string,
): Promise<void> => {
  await waitUntil(async () => ((await cluster.list('pods', { ...pods, signal })).length === 0 ? true : undefined), {
    what: `${what} to be gone`,
    timeoutMs: 120_000,
    intervalMs: 100,
    signal,
  });
};
