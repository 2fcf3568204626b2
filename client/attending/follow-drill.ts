/** Watches one drill to its end, and lets a person decide when it asks. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DrillReport, DrillStatus } from '../../domain/report/report.js';
import { aborted } from '../cli/interruption.js';
import type { Drill } from '../drills/drill.js';
import { statusOf } from '../drills/drill-state.js';
import type { PendingStep } from '../drills/pending-steps.js';

export interface FollowOptions {
  readonly onStatus: (status: DrillStatus) => void;
  /** Receives every few seconds what the drill's steps wait for. */
  readonly onPending?: (steps: readonly PendingStep[]) => void;
  /**
   * Called when the drill begins to wait for a decision. The signal aborts once the wait is over: a person decided elsewhere,
   * or the drill ended.
   */
  readonly onWaiting: (status: DrillStatus, signal: AbortSignal) => Promise<void>;
  /**
   * Called when no worker has answered for the drill for `silenceMs`, and again after each such time; `times` counts from 1.
   */
  readonly onSilence?: (times: number) => Promise<void>;
  /** Default: 5000. */
  readonly silenceMs?: number;
  /** The shortest time between two looks. Default: 1000. */
  readonly intervalMs?: number;
  /** The longest time between two looks. Default: 30000. */
  readonly restMs?: number;
  /** Ends the watching, not the drill. */
  readonly signal: AbortSignal;
}

/** A healthy step is over sooner: a waiting one is worth a look every few seconds. */
const askPendingMs = 3_000;

/**
 * @returns the drill's report.
 * @throws KnownFailure as {@link Drill.report}; the failures of `onWaiting` and `onSilence`; the signal's reason.
 */
export const followDrill = async (
  drill: Pick<Drill, 'status' | 'report' | 'moved'> & Partial<Pick<Drill, 'pending'>>,
  {
    onStatus,
    onPending,
    onWaiting,
    onSilence,
    silenceMs = 5_000,
    intervalMs = 1_000,
    restMs = 30_000,
    signal,
  }: FollowOptions,
): Promise<DrillReport> => {
  const over = new AbortController();
  const deciding = createDeciding(onWaiting);

  // Looks wait for one long poll of the history, because each query costs an action and the worker's time.
  let moving: Promise<void> | undefined;
  const untilMoved = (): Promise<void> => {
    moving ??= drill.moved(over.signal).finally(() => (moving = undefined));
    return moving;
  };

  const ended = aborted(over.signal);
  const watch = async (): Promise<void> => {
    let silentSince = Date.now();
    let silences = 0;
    for (;;) {
      const status = await drill.status();
      if (over.signal.aborted) return;
      if (status !== undefined) {
        silentSince = Date.now();
        silences = 0;
        onStatus(status);
        deciding.follow(status);
      } else if (Date.now() - silentSince >= silenceMs) {
        silentSince = Date.now();
        silences += 1;
        await onSilence?.(silences);
      }
      await pause(intervalMs, over.signal);
      if (status === undefined) continue;
      // A drill that no worker moves is queried again after a while, because its history does not show that a worker has come.
      const rest = new AbortController();
      await Promise.race([untilMoved(), ended, pause(restMs, rest.signal)]);
      rest.abort();
    }
  };

  // Watches pending steps as well, because a retried step leaves no trace in the history.
  const watchPending = async (): Promise<void> => {
    if (onPending === undefined || drill.pending === undefined) return;
    while (!over.signal.aborted) {
      await pause(askPendingMs, over.signal);
      if (!over.signal.aborted) onPending(await drill.pending());
    }
  };

  const watching = Promise.all([watch(), watchPending()]);
  try {
    const report = await Promise.race([
      drill.report(over.signal),
      watching.then(forever),
      deciding.failed,
      rejectOnAbort(signal, over.signal),
    ]);
    over.abort();
    await deciding.end();
    onStatus((await drill.status()) ?? statusOf(report));
    return report;
  } finally {
    over.abort();
    await deciding.end();
    // A query that is still open when the connection closes would be retried on it, and crash.
    await watching.catch(() => undefined);
  }
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);

/** One conversation a wait, ended as soon as the wait is over. */
const createDeciding = (onWaiting: FollowOptions['onWaiting']) => {
  let conversation: { readonly over: AbortController; readonly done: Promise<void> } | undefined;
  let fail!: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);

  const end = async (): Promise<void> => {
    const ending = conversation;
    conversation = undefined;
    ending?.over.abort();
    await ending?.done;
  };
  return {
    failed,
    end,
    follow(status: DrillStatus): void {
      if (status.waitingFor === undefined) {
        void end();
      } else if (conversation === undefined) {
        const over = new AbortController();
        conversation = { over, done: onWaiting(status, over.signal).catch(fail) };
      }
    },
  };
};

const rejectOnAbort = (signal: AbortSignal, over: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(asError(signal.reason));
    else signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true, signal: over });
  });

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

const forever = (): Promise<never> => new Promise(() => undefined);
