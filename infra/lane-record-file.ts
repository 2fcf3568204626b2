/** The file in which a lane remembers what it has. */
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../systems/files/json-file.js';

export interface LaneRecordFile<LaneRecord> {
  read(): Promise<LaneRecord | undefined>;
  write(record: LaneRecord): Promise<void>;
  /** Changes the record in place, and keeps the change before anything else happens. Not safe without the lane's lock. */
  update(change: (record: LaneRecord) => void): Promise<LaneRecord>;
}

/**
 * @param parse throws for what is no record.
 * @throws KnownFailure `CorruptedState` from every method: the file is damaged.
 */
export const openLaneRecordFile = <LaneRecord>(
  laneFolder: string,
  parse: (value: unknown) => LaneRecord,
): LaneRecordFile<LaneRecord> => {
  const path = join(laneFolder, 'lane.json');
  // Servers start side by side, and each records itself: one change at a time.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const next = last.then(run, run);
    last = next.catch(() => undefined);
    return next;
  };
  const read = (): Promise<LaneRecord | undefined> => readJsonFile(path, parse);
  return {
    read,
    write: (record) => inTurn(() => writeJsonFile(path, record)),
    update: (change) =>
      inTurn(async () => {
        const record = await read();
        if (record === undefined) throw new Error('a lane has no record yet');
        change(record);
        await writeJsonFile(path, record);
        return record;
      }),
  };
};
