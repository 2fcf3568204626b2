/** Explains in one line why a workload does not run, from the states of its pods and from events: the first problem counts. */
import { type Fields, fieldsAt, objectsAt, textAt } from '../../domain/fields.js';
import { lastLine } from '../openbao-operator/log.js';
import { type Cluster } from './cluster.js';
import { type KubernetesEvent, type KubernetesObject } from './objects.js';

export interface WorkloadSelection {
  readonly namespace: string;
  /** Labels of its pods, as in {@link ListOptions.selector}. */
  readonly selector: string;
}

/** The kinds that make pods. The refusal of a pod is an event of its maker. */
const makers = ['replicasets.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch'];

const messageLimit = 300;

const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > messageLimit ? `${line.slice(0, messageLimit - 1)}…` : line;
};

/**
 * `undefined` when every pod is ready or has done its work. Reads pods, events, makers of pods and the log of a container that
 * ended; it changes nothing.
 *
 * @throws KnownFailure as {@link Cluster} does.
 */
export const explainWorkload = async (
  cluster: Pick<Cluster, 'list' | 'events' | 'logs'>,
  { namespace, selector }: WorkloadSelection,
): Promise<string | undefined> => {
  const [pods, events] = await Promise.all([
    cluster.list('pods', { namespace, selector }),
    cluster.events({ namespace }),
  ]);
  for (const pod of pods) {
    const problem = podProblem(pod, events);
    if (problem === undefined) continue;
    if (problem.endedContainer === undefined) return oneLine(problem.sentence);
    const last = await lastLineOf(cluster, { namespace, pod: pod.metadata.name, ...problem.endedContainer });
    return oneLine(last === undefined ? problem.sentence : `${problem.sentence}; its last line: ${last}`);
  }
  if (pods.length > 0 && pods.every(isFine)) return undefined;
  const made = await Promise.all(makers.map((kind) => cluster.list(kind, { namespace, selector })));
  return oneLine(missingPods(pods, made.flat(), events, selector));
};

export interface PodProblem {
  readonly sentence: string;
  /** A container whose last log line may say more. `previous`: it has restarted since. */
  readonly endedContainer?: { readonly container: string; readonly previous: boolean };
}

/** The problem of one pod; `undefined` if it has none. */
export const podProblem = (pod: KubernetesObject, events: readonly KubernetesEvent[]): PodProblem | undefined => {
  if (isFine(pod)) return undefined;
  const { name } = pod.metadata;
  const warnings = events.filter(
    ({ type, regarding }) => type === 'Warning' && regarding.kind === 'Pod' && regarding.name === name,
  );
  return (
    leaving(pod) ??
    unscheduled(pod) ??
    statusesOf(pod).reduce<PodProblem | undefined>(
      (found, status) => found ?? containerProblem(name, status),
      undefined,
    ) ??
    volume(name, warnings) ??
    ended(pod) ??
    latest(name, warnings) ??
    notReady(pod)
  );
};

const conditionOf = (pod: KubernetesObject, type: string): Fields | undefined =>
  objectsAt(pod, 'status', 'conditions').find((condition) => condition['type'] === type);

const phaseOf = (pod: KubernetesObject): string => textAt(fieldsAt(pod, 'status')['phase']) ?? 'Unknown';

const isFine = (pod: KubernetesObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (phaseOf(pod) === 'Succeeded' || conditionOf(pod, 'Ready')?.['status'] === 'True');

const statusesOf = (pod: KubernetesObject): readonly Fields[] => [
  ...objectsAt(pod, 'status', 'initContainerStatuses'),
  ...objectsAt(pod, 'status', 'containerStatuses'),
];

const leaving = ({ metadata }: KubernetesObject): PodProblem | undefined =>
  metadata.deletionTimestamp === undefined
    ? undefined
    : { sentence: `pod ${metadata.name} has been told to end at ${metadata.deletionTimestamp} and is still there` };

const unscheduled = (pod: KubernetesObject): PodProblem | undefined => {
  const scheduled = conditionOf(pod, 'PodScheduled');
  return scheduled?.['status'] === 'False'
    ? { sentence: `pod ${pod.metadata.name} finds no node: ${textAt(scheduled['message']) ?? 'no reason was given'}` }
    : undefined;
};

const imageReasons = /^(ErrImage|ImagePull|InvalidImageName|ImageInspect|RegistryUnavailable)/;
const startReasons = /^(CreateContainer|RunContainer|ContainerCannotRun|StartError|PostStartHook)/;

const containerProblem = (pod: string, status: Fields): PodProblem | undefined => {
  const container = textAt(status['name']) ?? 'unknown';
  const where = `container ${container} of pod ${pod}`;
  const waiting = fieldsAt(status, 'state', 'waiting');
  const reason = textAt(waiting['reason']) ?? '';
  const message = textAt(waiting['message']) ?? 'no reason was given';
  if (imageReasons.test(reason)) {
    return { sentence: `${where} does not get its image ${textAt(status['image']) ?? ''} (${reason}): ${message}` };
  }
  if (startReasons.test(reason)) return { sentence: `${where} cannot be started (${reason}): ${message}` };

  const now = fieldsAt(status, 'state', 'terminated');
  const before = fieldsAt(status, 'lastState', 'terminated');
  const isBack = Object.keys(now).length === 0;
  const end = isBack ? before : now;
  // A container that ended before and runs or is ready now is no problem.
  if (Object.keys(end).length === 0 || status['ready'] === true || (!isBack && end['exitCode'] === 0)) return undefined;
  const why = textAt(end['reason']);
  const restarts = Number(status['restartCount'] ?? 0);
  const times = restarts === 0 ? '' : `, and was started again ${restarts === 1 ? 'once' : `${restarts} times`}`;
  const said = textAt(end['message']);
  return {
    sentence: `${where} ended with exit code ${String(end['exitCode'])}${why === undefined || why === 'Error' ? '' : ` (${why})`}${times}${said === undefined ? '' : `: ${said}`}`,
    endedContainer: { container, previous: isBack && reason !== 'CrashLoopBackOff' },
  };
};

const volume = (pod: string, warnings: readonly KubernetesEvent[]): PodProblem | undefined => {
  const event = warnings.findLast(({ reason }) => /Mount|Attach|Volume/.test(reason));
  return event && { sentence: `pod ${pod} waits for a volume (${event.reason}): ${event.message}` };
};

const ended = (pod: KubernetesObject): PodProblem | undefined => {
  const { reason, message } = fieldsAt(pod, 'status');
  return phaseOf(pod) === 'Failed'
    ? {
        sentence: `pod ${pod.metadata.name} failed: ${[textAt(reason), textAt(message)].filter(Boolean).join(': ') || 'no reason was given'}`,
      }
    : undefined;
};

const latest = (pod: string, warnings: readonly KubernetesEvent[]): PodProblem | undefined => {
  const event = warnings.at(-1);
  return event && { sentence: `pod ${pod} is not ready (${event.reason}): ${event.message}` };
};

const notReady = (pod: KubernetesObject): PodProblem => {
  const message = textAt(conditionOf(pod, 'Ready')?.['message']);
  return {
    sentence: `pod ${pod.metadata.name} is ${phaseOf(pod)} and not ready${message === undefined ? '' : `: ${message}`}`,
  };
};

/** Explains missing pods: their maker could not make them, because of a quota or an admission refusal. */
const missingPods = (
  pods: readonly KubernetesObject[],
  made: readonly KubernetesObject[],
  events: readonly KubernetesEvent[],
  selector: string,
): string => {
  const owners = pods.flatMap(({ metadata }) => metadata.ownerReferences ?? []).map(({ name }) => name);
  const names = new Set([...made.map(({ metadata }) => metadata.name), ...owners]);
  const failed = events.findLast(
    ({ type, reason, regarding }) =>
      type === 'Warning' && reason === 'FailedCreate' && (names.size === 0 || names.has(regarding.name)),
  );
  if (failed) return `${failed.regarding.kind} ${failed.regarding.name} could not make a pod: ${failed.message}`;
  return names.size === 0
    ? `there is no pod with ${selector}, and nothing that would make one`
    : `there is no pod with ${selector} yet`;
};

const lastLineOf = async (
  cluster: Pick<Cluster, 'logs'>,
  request: { namespace: string; pod: string; container: string; previous: boolean },
): Promise<string | undefined> => {
  try {
    return lastLine(await cluster.logs({ ...request, tailLines: 5 }));
  } catch {
    // The pod has gone, or its log has: the sentence stands without it.
    return undefined;
  }
};
