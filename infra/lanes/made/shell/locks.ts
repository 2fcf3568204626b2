/** One change of a lane at a time, and only for the run that has the lane. */
import { withFileLock } from '../../../../systems/files/file-lock.js';

export interface LaneLocks {
  /**
   * Takes the locks in their order, asks whether the caller still has the lane, and runs the change.
   *
   * @throws whatever says that the caller has not the lane: it may have waited for so long that another run has it.
   */
  under<T>(locks: readonly string[], run: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface LaneLocksOptions {
  /** How long to wait for another change. */
  readonly timeoutMs: number;
  /** Default: the caller holds the lane by other means. */
  readonly assertHeld?: (() => Promise<void>) | undefined;
}

export const createLaneLocks = ({ timeoutMs, assertHeld }: LaneLocksOptions): LaneLocks => {
  const under: LaneLocks['under'] = async ([first, ...rest], run, signal) => {
    if (first !== undefined) return withFileLock(first, () => under(rest, run, signal), { timeoutMs, signal });
    await assertHeld?.();
    return run();
  };
  return { under };
};
