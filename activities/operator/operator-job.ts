import { isKnownFailure } from '../../domain/known-failure.js';
import { lastLine } from '../../systems/openbao-operator/log.js';
import { numberAt } from '../../domain/fields.js';
import type { Cluster, KubernetesObject } from '../../systems/kubernetes/cluster.js';

export interface OperatorJob {
  readonly namespace: string;
  /** Name of the Job. */
  readonly name: string;
}

export interface JobSight {
  /** A pod of it runs or has run: it may have done something. */
  readonly started: boolean;
  /** What the newest pod has logged last, made safe to be quoted. */
  readonly said?: string;
}

/** Looks at a Job's pods, and at what they say. Their logs are gone with them, and they go with a Job that has failed. */
export const lookAtJob = async (
  cluster: Cluster,
  { namespace, name }: OperatorJob,
  signal?: AbortSignal,
): Promise<JobSight> => {
  const pods = await cluster.list('pods', { namespace, selector: `batch.kubernetes.io/job-name=${name}`, signal });
  const [newest] = pods.toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)));
  if (newest === undefined || !hasStarted(newest)) {
    return { started: pods.some(hasStarted) || (await hasEnded(cluster, { namespace, name }, signal)) };
  }
  const said = await lastLineOf(cluster, { namespace, pod: newest.metadata.name, tailLines: 20, signal });
  return { started: true, ...(said !== undefined && { said }) };
};

/** {@link lookAtJob}, for a failure that has to be told whether the Job can be looked at or not. */
export const tryToLookAtJob = (
  cluster: Cluster,
  job: OperatorJob,
  signal?: AbortSignal,
): Promise<JobSight | undefined> => lookAtJob(cluster, job, signal).catch(unlessKnown);

const lastLineOf = async (cluster: Cluster, request: Parameters<Cluster['logs']>[0]): Promise<string | undefined> => {
  try {
    const now = lastLine(await cluster.logs(request));
    // A container that has just been started again: what the one before it said is what counts.
    return now ?? lastLine(await cluster.logs({ ...request, previous: true }));
  } catch (error) {
    return unlessKnown(error);
  }
};

/** Its pods may be gone. */
const hasEnded = async (cluster: Cluster, { namespace, name }: OperatorJob, signal?: AbortSignal): Promise<boolean> => {
  const job = await cluster.get({ kind: 'jobs.batch', name, namespace }, { signal });
  return ['succeeded', 'failed'].some((state) => (numberAt(job, 'status', state) ?? 0) > 0);
};

const createdAt = ({ metadata }: KubernetesObject): string => metadata.creationTimestamp ?? '';

const hasStarted = (pod: KubernetesObject): boolean => {
  const status = pod['status'] as { phase?: unknown; containerStatuses?: readonly ContainerStatus[] } | undefined;
  return (
    ['Running', 'Succeeded', 'Failed'].includes(String(status?.phase)) ||
    (status?.containerStatuses ?? []).some(
      ({ state, lastState }) => (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined,
    )
  );
};

interface ContainerStatus {
  readonly state?: { readonly running?: unknown; readonly terminated?: unknown };
  readonly lastState?: { readonly terminated?: unknown };
}

/** For what is only looked at to explain something else. */
export const unlessKnown = (error: unknown): undefined => {
  if (!isKnownFailure(error)) throw error;
  return undefined;
};
