/**
 * How a side's server is lost: it dies where it runs, without being told. To remove its pod tells it first, and whether it has
 * time to say goodbye is then up to what runs it.
 */
import { isKnownFailure, type KnownFailure } from '../../../../domain/known-failure.js';
import type { PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster } from '../../../../systems/kubernetes/cluster.js';
import { clusterOf, type LaneContext } from '../lane-context.js';
import { pauseOperator, podOf, removePods, serverContainer } from './side-server.js';

/**
 * Everything that is not the container's first process dies of the first signal, which nobody can catch: OpenBao, where the
 * operator's wrapper runs it. The first process gets no SIGKILL from inside. Go has it end on the spot when told to quit, the
 * wrapper or OpenBao itself.
 */
const kill = ['sh', '-c', 'kill -KILL -1; kill -QUIT 1'] as const;

/**
 * Ends a side's server as a disaster would: SIGKILL in its container, where this identity may run programs in it
 * (`create pods/exec`, as in rbac/kill.yaml) and its image has a shell; else with its pod. Its kubelet starts it again a second
 * later, so that its pod goes at once in either case.
 *
 * @param beforeTheEnd called right before the server ends.
 * @returns how it ended, as a clause.
 */
export const killServer = async (
  context: LaneContext,
  side: PairSide,
  beforeTheEnd: () => Promise<void>,
): Promise<string> => {
  const { signal } = context;
  const cluster = await clusterOf(context, side);
  const { name, namespace } = podOf(side);
  await pauseOperator(context, cluster, side);
  const question = { verb: 'create', resource: 'pods', subresource: 'exec', name, namespace, signal };
  const mayKill = await cluster.canI(question);
  await beforeTheEnd();
  const obstacle = mayKill
    ? await killInside(context, cluster, side)
    : 'the identity of the drill may not run programs in it';
  const exitCode = await removePods(context, cluster, side);
  if (obstacle === alreadyGone) return `${alreadyGone}: how it ended, nobody saw`;
  return obstacle === undefined
    ? 'killed in its container, without being told'
    : `told to end, with its pod, for it could not be killed in its container: ${obstacle}; ${describeEnd(exitCode)}`;
};

/** @returns what kept it from being killed. */
const killInside = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<string | undefined> => {
  const { signal } = context;
  const { name: pod, namespace } = podOf(side);
  try {
    await cluster.exec({ namespace, pod, container: serverContainer, command: kill, signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!isKnownFailure(error)) throw error;
    return obstacleIn(error);
  }
};

/** An attempt that was cut short may have killed it, or its pod was removed. */
const alreadyGone = 'its pod was gone already';

const obstacleIn = (failure: KnownFailure): string | undefined => {
  switch (failure.type) {
    // The container was gone before its shell could answer.
    case 'KubernetesCommandKilled':
      return undefined;
    case 'KubernetesCommandFailed':
      return 'its processes could not be signalled';
    case 'KubernetesCommandMissing':
      return 'its image has no shell';
    case 'KubernetesObjectMissing':
      return alreadyGone;
    default:
      return failure.type;
  }
};

const describeEnd = (exitCode: number | undefined): string => {
  if (exitCode === undefined) return 'nobody saw how it ended';
  return exitCode === 0 ? 'it ended in order' : `it did not end in order (exit code ${exitCode})`;
};
