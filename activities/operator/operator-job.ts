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
  /** A pod of the Job runs or has run, so it may have had effects. */
  readonly started: boolean;
  /** The last line of the newest pod's log, safe to quote. */
  readonly said?: string;
}

/** Looks at a Job's pods and their logs, which vanish with the pods of a failed Job. */
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

/** Like {@link lookAtJob}, for a failure that is reported whether or not the Job is readable. */
export const tryToLookAtJob = (
  cluster: Cluster,
  job: OperatorJob,
  signal?: AbortSignal,
): Promise<JobSight | undefined> => lookAtJob(cluster, job, signal).catch(unlessKnown);

const lastLineOf = async (cluster: Cluster, request: Parameters<Cluster['logs']>[0]): Promise<string | undefined> => {
  try {
    const now = lastLine(await cluster.logs(request));
    // The container has just restarted, so its predecessor's log counts.
    return now ?? lastLine(await cluster.logs({ ...request, previous: true }));
  } catch (error) {
    return unlessKnown(error);
  }
};

/** The Job's pods may be gone. */
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

/** Ignores failures of a look that only explains another failure. */
export const unlessKnown = (error: unknown): undefined => {
  if (!isKnownFailure(error)) throw error;
  return undefined;
};
