/** Sets apart what a loss of writes grew by while people decided: the machine is not to blame for that part. */
import type { RecoveryPoint } from '../report/report.js';
import { type HumanWait, humanMsIn } from './human-waits.js';

/**
 * A recovery point without the time in which people decided; that becomes `whileDeciding`, absent if there was none.
 *
 * @param measured from the last write that the target has to the last that the source acknowledged, waits and all.
 * @param until ISO 8601: when the source took no more writes.
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

/** How many writes the drill's client, which rests while people decide, would have made meanwhile: at its rate until then. */
export const expectedWrites = (
  { seconds, lostWrites }: Pick<RecoveryPoint, 'seconds' | 'lostWrites'>,
  restedSeconds: number,
): number => (seconds <= 0 ? 0 : Math.round((lostWrites * restedSeconds) / seconds));
