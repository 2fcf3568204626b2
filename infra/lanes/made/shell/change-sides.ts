/**
 * Fences and disasters of a side, in the order that survives a crash. Both are in the lane's record, so that no repair of the lane
 * opens a side that a drill has shut, and a repeated step answers the time of the first.
 */
import type { Fenced, Lost } from '../../../../activities/ports/lane-facets.js';
import type { PairSide } from '../../../../domain/pair/topology.js';
import type { LaneRecordFile } from '../record/lane-record-file.js';
import { isShut } from '../record/lane-sides.js';
import type { LaneHost, MadeRecord } from './lane-host.js';

export interface SidesOf<Record extends MadeRecord, Context> {
  readonly recordFile: Pick<LaneRecordFile<Record>, 'existing' | 'update'>;
  readonly host: LaneHost<Record, Context>;
}

/**
 * First cut, then recorded: a fence on record is one that holds. Only one that was made before is looked after: clients wait for the
 * end of a new one.
 */
export const fenceSide = async <R extends MadeRecord, C>(
  { recordFile, host }: SidesOf<R, C>,
  context: C,
  side: PairSide,
): Promise<Fenced> => {
  const earlier = (await recordFile.existing()).fenced?.[side];
  if (earlier !== undefined) {
    await host.keepShut?.(context, side);
    return { fencedAt: earlier };
  }
  await host.cutEdge(context, side);
  const fencedAt = new Date().toISOString();
  await recordFile.update((record: MadeRecord) => {
    (record.fenced ??= {})[side] = fencedAt;
  });
  await host.refuse?.(context, side);
  return { fencedAt };
};

/** First recorded, then opened: a repair goes on with it. The edge of a lost side stays shut. */
export const liftFenceOfSide = async <R extends MadeRecord, C>(
  { recordFile, host }: SidesOf<R, C>,
  context: C,
  side: PairSide,
): Promise<void> => {
  const record = await recordFile.update(({ fenced }: MadeRecord) => {
    delete fenced?.[side];
  });
  await (isShut(record, side) ? host.keepShut?.(context, side) : host.openEdge(context, side));
};

export const standBySide = async <R extends MadeRecord, C>(
  { recordFile, host }: SidesOf<R, C>,
  context: C,
  side: PairSide,
): Promise<void> => {
  if (isShut(await recordFile.existing(), side)) await host.standBy?.(context, side);
};

/**
 * The time is recorded before the kill: a repetition after a crash kills what still runs, and answers the first time, and how the
 * server ended then.
 */
export const loseSide = async <R extends MadeRecord, C>(
  sides: SidesOf<R, C>,
  context: C,
  side: PairSide,
): Promise<Lost> => {
  const { recordFile, host } = sides;
  const before = await recordFile.existing();
  const known = before.lost?.[side];
  let lostAt = known ?? '';
  const ended = await host.kill(context, side, async () => {
    lostAt = known ?? new Date().toISOString();
    await recordFile.update((record: MadeRecord) => {
      (record.lost ??= {})[side] = lostAt;
      // How an earlier loss ended says nothing of this one.
      if (known === undefined) delete record.lossOf?.[side];
    });
  });
  const how = (known === undefined ? undefined : before.lossOf?.[side]) ?? ended;
  if (how !== undefined) {
    await recordFile.update((record: MadeRecord) => {
      (record.lossOf ??= {})[side] = how;
    });
  }
  await fenceSide(sides, context, side);
  return { lostAt, ...(how !== undefined && { how }) };
};

/** Open only once the server is back: until then the record keeps the side shut. */
export const recoverSide = async <R extends MadeRecord, C>(
  { recordFile, host }: SidesOf<R, C>,
  context: C,
  side: PairSide,
): Promise<void> => {
  // Starts beside the server. Without it, the edge takes longer to open.
  await host.standBy?.(context, side).catch(() => undefined);
  await host.start(context, side);
  await recordFile.update(({ fenced, lost, lossOf }: MadeRecord) => {
    delete fenced?.[side];
    delete lost?.[side];
    delete lossOf?.[side];
  });
  await host.openEdge(context, side);
  await host.serves?.(context, side);
};
