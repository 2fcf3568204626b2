/** Waiting always has a deadline and a name, so that a wait that ends badly says what it waited for. */
import { KnownFailure } from '../../domain/known-failure.js';
import { describeMs } from '../../domain/units.js';

export interface WaitOptions {
  /** Completes "Waited 30 s for …": "the target to unseal". */
  readonly what: string;
  readonly timeoutMs: number;
  /** The advice at the deadline, as the end of a sentence. Default: to look at the log, or allow more time. */
  readonly advice?: string;
  /** Pause between two probes. Default: 100. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Type of the failure at the deadline. Default: `TimedOut`. */
  readonly failureType?: string;
}

const lookAtTheLog = 'look at its log, or allow more time';

/**
 * Probes again and again until the probe returns something other than `undefined`, and returns that. The deadline and the
 * signal also end a probe that hangs; such a probe is left behind, so it should hold nothing that needs releasing. A failure of
 * the probe ends the wait at once.
 *
 * @throws KnownFailure `TimedOut`, or `failureType` (a retry may help), at the deadline.
 * @throws the signal's reason, as soon as it aborts.
 */
export const waitUntil = async <T>(
  probe: () => Promise<T | undefined>,
  { what, timeoutMs, advice = lookAtTheLog, intervalMs = 100, signal, failureType = 'TimedOut' }: WaitOptions,
): Promise<T> => {
  signal?.throwIfAborted();
  let interrupt!: (reason: unknown) => void;
  const interruption = new Promise<never>((_, reject) => (interrupt = reject));
  // The interruption has no listener if the probe throws first.
  interruption.catch(() => undefined);

  const deadline = setTimeout(() => {
    const sentence = `Waited ${describeMs(timeoutMs)} for ${what}, in vain: ${advice}.`;
    interrupt(new KnownFailure(failureType, sentence, { retryable: true }));
  }, timeoutMs);
  const onAbort = (): void => interrupt(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let pause: NodeJS.Timeout | undefined;

  try {
    for (;;) {
      const found = await Promise.race([probe(), interruption]);
      if (found !== undefined) return found;
      await Promise.race([new Promise((resolve) => (pause = setTimeout(resolve, intervalMs))), interruption]);
    }
  } finally {
    clearTimeout(deadline);
    clearTimeout(pause);
    signal?.removeEventListener('abort', onAbort);
  }
};
