/** Waits for what a part has made to run. Meanwhile it tells what is in the way, and does not wait where nothing moves. */
import { setTimeout as delay } from 'node:timers/promises';
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { Progress } from '../../../../activities/ports/provisioning.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../../../systems/kubernetes/cluster.js';
import { explainWorkload, type WorkloadSelection } from '../../../../systems/kubernetes/explain.js';
import { waitForObject } from '../../../../systems/kubernetes/wait-for.js';

export interface AwaitedObject<T> {
  readonly ref: ObjectRef;
  /** What is waited for, once it is there. */
  readonly read: (object: KubernetesObject | undefined) => T | undefined;
  /** Completes "Waited 30 s for …". */
  readonly what: string;
  /** The pods behind it. */
  readonly workload?: WorkloadSelection;
  /** What the object says of itself, one line. */
  readonly describe?: (object: KubernetesObject) => string | undefined;
  readonly timeoutMs: number;
  /** How long there may be an obstacle all the time. Default: 120000. */
  readonly patienceMs?: number;
  /** Pause between two looks at the pods. Default: 5000. */
  readonly lookMs?: number;
}

export interface Waiting {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * @throws KnownFailure `WorkloadNotReady`: its pods have met an obstacle for too long; the last one is quoted.
 * @throws KnownFailure `TimedOut` (a retry may help), quoting what is in the way.
 */
export const awaitObject = async <T>(
  cluster: Cluster,
  {
    ref,
    read,
    what,
    workload,
    describe = () => undefined,
    timeoutMs,
    patienceMs = 120_000,
    lookMs = 5_000,
  }: AwaitedObject<T>,
  { progress, signal }: Waiting,
): Promise<T> => {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  // Obstacles come and go by turns: each is told once.
  const told = new Set<string>();
  const tell = (line: string | undefined): void => {
    if (line !== undefined && !told.has(line)) progress(line);
    if (line !== undefined) told.add(line);
  };
  let lastSaid: string | undefined;
  const look = (object: KubernetesObject | undefined): T | undefined => {
    const said = object === undefined ? undefined : describe(object);
    tell(said);
    lastSaid = said;
    return read(object);
  };
  const explain = async (): Promise<string | undefined> => {
    const pods = workload === undefined ? undefined : await explainWorkload(cluster, workload);
    const sentences = [pods, lastSaid].filter((sentence) => sentence !== undefined);
    return sentences.length === 0 ? undefined : sentences.join('; ');
  };
  const found = waitForObject(cluster, ref, look, { what, timeoutMs, signal: both, explain });
  const stuck = workload === undefined ? undefined : watch(cluster, workload, { tell, what, patienceMs, lookMs }, both);
  try {
    return await (stuck === undefined ? found : Promise.race([found, stuck]));
  } finally {
    over.abort();
    await Promise.allSettled([found, stuck]);
  }
};

interface Watching {
  readonly tell: (line: string | undefined) => void;
  readonly what: string;
  readonly patienceMs: number;
  readonly lookMs: number;
}

/** Only ever ends by a failure: an obstacle that stays, or the signal. */
const watch = async (
  cluster: Cluster,
  workload: WorkloadSelection,
  { tell, what, patienceMs, lookMs }: Watching,
  signal: AbortSignal,
): Promise<never> => {
  let obstacle: { readonly sentence: string; readonly since: number } | undefined;
  let without = 0;
  for (;;) {
    await delay(lookMs, undefined, { signal });
    // An API server that cannot be reached for a while is the other wait's to tell.
    const sentence = await explainWorkload(cluster, workload).catch(() => undefined);
    tell(sentence);
    // That a pod which runs is not ready yet is no obstacle.
    if (sentence === undefined || sentence.includes('not ready')) {
      without += 1;
      if (without > 1) obstacle = undefined;
      continue;
    }
    without = 0;
    // Its words change: an image that cannot be fetched is tried again, then waited for, then tried again.
    obstacle = { sentence, since: obstacle?.since ?? performance.now() };
    if (performance.now() - obstacle.since >= patienceMs) {
      throw new KnownFailure(
        'WorkloadNotReady',
        `Waiting for ${what} came to nothing: ${sentence}. Put that right and try again`,
        { facts: { context: cluster.context, namespace: workload.namespace } },
      );
    }
  }
};
