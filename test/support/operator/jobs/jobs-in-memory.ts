/** Plays the Job controller and a node, in memory: a pod for each Job, which runs as soon as it is made. */
import { randomBytes } from 'node:crypto';
import { valueAt } from '../../../../domain/fields.js';
import type { KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { type ContainerProgram, runContainer } from './container.js';
import { type MutableObject, type ObjectsInMemory, refOf } from '../objects-in-memory.js';

export interface JobsInMemory extends Disposable {
  /** As Kubernetes does whether an operator is there or not. */
  run(job: MutableObject): void;
  /** Of a pod. */
  log(pod: string): string;
}

export interface JobsInMemoryOptions {
  readonly objects: ObjectsInMemory;
  readonly program: ContainerProgram;
  /** The reason that containers wait with and never start; undefined while they do start. */
  readonly podsWait: () => string | undefined;
}

/** Long enough for a Job that fails to be looked at. */
const lingersMs = 100;

export const createJobsInMemory = ({ objects, program, podsWait }: JobsInMemoryOptions): JobsInMemory => {
  const logs = new Map<string, string[]>();
  const stopping = new AbortController();

  const run = async (job: MutableObject): Promise<void> => {
    const pod = objects.put(podOf(job, podsWait()));
    job.status = { active: 1 };
    if (podsWait() !== undefined) return;
    const log: string[] = [];
    logs.set(pod.metadata.name, log);
    const end = await runContainer({ pod: structuredClone(pod), program, log, lingersMs, signal: stopping.signal });
    const goes = valueAt(job, 'spec', 'template', 'spec', 'restartPolicy') === 'OnFailure';
    pod.status = { phase: end === 'succeeded' ? 'Succeeded' : 'Failed' };
    job.status = end === 'succeeded' ? succeeded : failed;
    if (end === 'failed' && goes) objects.remove(refOf(pod));
  };

  return {
    run: (job) => {
      run(job).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      });
    },
    log: (pod) => (logs.get(pod) ?? []).map((line) => `${line}\n`).join(''),
    [Symbol.dispose]: () => stopping.abort(),
  };
};

const podOf = ({ metadata, spec }: MutableObject, waits: string | undefined): KubernetesObject => {
  const { name, namespace = '' } = metadata;
  const template = (spec as { template: { metadata: { labels: Record<string, string> }; spec: unknown } }).template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-${randomBytes(3).toString('hex')}`,
      namespace,
      labels: { ...template.metadata.labels, 'batch.kubernetes.io/job-name': name },
    },
    spec: template.spec,
    status: podStatus(waits),
  };
};

const podStatus = (waits: string | undefined): Record<string, unknown> =>
  waits === undefined
    ? { phase: 'Running', containerStatuses: [{ name: 'job', ready: true, state: { running: {} } }] }
    : {
        phase: 'Pending',
        containerStatuses: [{ name: 'job', ready: false, state: { waiting: { reason: waits, message: 'it waits' } } }],
      };

const succeeded = { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] };
const failed = {
  failed: 1,
  conditions: [
    {
      type: 'Failed',
      status: 'True',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    },
  ],
};
