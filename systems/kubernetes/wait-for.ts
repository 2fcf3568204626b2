/** Waits for an object to reach a state; at the deadline, the failure explains the obstacle. */
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { waitUntil } from '../waiting/wait-until.js';
import { type Cluster } from './cluster.js';
import { type KubernetesObject, type ObjectRef } from './objects.js';
import { describeMs } from '../../domain/units.js';

export interface WaitForObjectOptions {
  /** Completes "Waited 30 s for …": "the edge to be there". */
  readonly what: string;
  readonly timeoutMs: number;
  /** Pause between two looks. Default: 500. */
  readonly intervalMs?: number;
  readonly signal: AbortSignal;
  /** Called once the deadline has passed, to explain the problem in one line. See {@link explainWorkload}. */
  readonly explain?: () => Promise<string | undefined>;
}

/** How long the explanation may take; a failure without one is better than none. */
const explanationTimeoutMs = 20_000;

/**
 * Reads the object again and again until `read` returns something other than `undefined`, and returns that. A brief outage of
 * the API server does not end the wait; a failure of `read` does.
 *
 * @throws KnownFailure `TimedOut` (a retry may help), at the deadline: with the result of `explain`, or else the reason why the
 *   object could not be read.
 * @throws KnownFailure of {@link Cluster.get} where a retry does not help; the signal's reason, as soon as it aborts.
 */
export const waitForObject = async <T>(
  cluster: Pick<Cluster, 'get'>,
  ref: ObjectRef,
  read: (object: KubernetesObject | undefined) => T | undefined,
  { what, timeoutMs, intervalMs = 500, signal, explain }: WaitForObjectOptions,
): Promise<T> => {
  // Ends the last look, which the deadline leaves behind.
  const over = new AbortController();
  const call = { signal: AbortSignal.any([signal, over.signal]) };
  let obstacle: string | undefined;
  const look = async (): Promise<{ readonly found: T } | undefined> => {
    try {
      const object = await cluster.get(ref, call);
      obstacle = undefined;
      const found = read(object);
      return found === undefined ? undefined : { found };
    } catch (error) {
      if (!isKnownFailure(error) || !error.retryable) throw error;
      obstacle = error.message;
      return undefined;
    }
  };
  try {
    return (await waitUntil(look, { what, timeoutMs, intervalMs, signal, failureType: deadlinePassed })).found;
  } catch (error) {
    if (!isKnownFailure(error, deadlinePassed)) throw error;
    over.abort();
    const explanation = (await explained(explain, signal)) ?? obstacle;
    const sentence = `Waited ${describeMs(timeoutMs)} for ${what}, in vain: ${explanation ?? 'nothing was found that explains it; allow more time.'}`;
    throw new KnownFailure('TimedOut', sentence, {
      retryable: true,
      facts: { object: `${ref.kind}/${ref.name}`, namespace: ref.namespace },
    });
  } finally {
    over.abort();
  }
};

/** Distinguishes this deadline from one inside `read`. */
const deadlinePassed = 'ObjectNotAsAwaited';

const explained = async (
  explain: WaitForObjectOptions['explain'],
  signal: AbortSignal,
): Promise<string | undefined> => {
  if (explain === undefined) return undefined;
  try {
    const found = await waitUntil(async () => ({ explanation: await explain() }), {
      what: 'an explanation',
      timeoutMs: explanationTimeoutMs,
      signal,
    });
    return found.explanation;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
};
