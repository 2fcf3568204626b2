/** Waits for a process of the lane to serve; one that has ended is not waited for. */
import { isKnownFailure, KnownFailure } from '../../../../domain/known-failure.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import type { ProcessName } from './process-name.js';
import type { Supervisor } from './supervisor.js';
import { describeMs } from '../../../../domain/units.js';

export interface AwaitedProcess {
  readonly name: ProcessName;
  /** Completes "… ended": "OpenBao source". */
  readonly what: string;
  readonly logFile: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns once `serves` says so and the process still runs: on the port of one that ended, a stranger may answer.
 *
 * @throws KnownFailure `ServerNotReady` (a retry may help), naming its log: it ended, or did not serve in time.
 */
export const awaitProcess = async (
  supervisor: Pick<Supervisor, 'isRunning'>,
  { name, what, logFile, timeoutMs, signal }: AwaitedProcess,
  serves: () => Promise<boolean>,
): Promise<void> => {
  const notReady = (sentence: string, cause?: unknown): KnownFailure =>
    new KnownFailure('ServerNotReady', sentence, { retryable: true, facts: { log: logFile }, cause });
  const servesItself = async (): Promise<true | undefined> => {
    try {
      return (await serves()) || undefined;
    } finally {
      // Before anything a stranger on its port made of the probe.
      if (!(await supervisor.isRunning(name))) await Promise.reject(notReady(`${what} ended: its log says why`));
    }
  };
  try {
    await waitUntil(servesItself, { what, timeoutMs, intervalMs: 20, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (!isKnownFailure(error, 'TimedOut')) throw error;
    throw notReady(`${what} did not come up within ${describeMs(timeoutMs)}: its log says why`, error);
  }
};
