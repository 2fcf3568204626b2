/** Sets apart the loss that was added while people decided: the machine did not cause that part. */
import type { RecoveryPoint } from '../report/report.js';
import { type HumanWait, humanMsIn } from './human-waits.js';

/**
 * Takes the time in which people decided out of a recovery point; it becomes `whileDeciding`, absent if there was none.
 *
 * @param measured from the last write that the target has to the last that the source acknowledged, waits included.
 * @param until ISO 8601: when the source stopped taking writes.
 */
export const setDecidingApart = (
  measured: RecoveryPoint,
  waits: readonly HumanWait[],
  until: string,
): RecoveryPoint => {
  const { lastRecovered, lastAcknowledged } = measured;
  const waitedSeconds = humanMsIn(waits, { from: lastRecovered.at, to: until }) / 1000;
  if (waitedSeconds === 0) return measured;
  const within = humanMsIn(waits, { from: lastRecovered.at, to: lastAcknowledged.at }) / 1000;
  const rpo = { ...measured, seconds: Math.max(0, Math.round((measured.seconds - within) * 1000) / 1000) };
  return { ...rpo, whileDeciding: { seconds: waitedSeconds, estimatedWrites: expectedWrites(rpo, waitedSeconds) } };
};

/** Estimates the writes that the canary, which rests while people decide, would have made at its earlier rate. */
export const expectedWrites = (
  { seconds, lostWrites }: Pick<RecoveryPoint, 'seconds' | 'lostWrites'>,
  restedSeconds: number,
): number => (seconds <= 0 ? 0 : Math.round((lostWrites * restedSeconds) / seconds));
