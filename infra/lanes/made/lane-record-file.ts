/** The file in which a lane remembers what it has. */
import { basename, join } from 'node:path';
import { KnownFailure } from '../../../domain/known-failure.js';
import { readJsonFile, writeJsonFile } from '../../../systems/files/json-file.js';

export interface LaneRecordFile<LaneRecord> {
  read(): Promise<LaneRecord | undefined>;
  /** @throws KnownFailure `LaneMissing`. */
  existing(): Promise<LaneRecord>;
  write(record: LaneRecord): Promise<void>;
  /**
   * Changes the record in place, and keeps the change before anything else happens. Not safe without the lane's lock.
   *
   * @throws KnownFailure `LaneMissing`.
   */
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
  const existing = async (): Promise<LaneRecord> => (await read()) ?? missing(basename(laneFolder));
  return {
    read,
    existing,
    write: (record) => inTurn(() => writeJsonFile(path, record)),
    update: (change) =>
      inTurn(async () => {
        const record = await existing();
        change(record);
        await writeJsonFile(path, record);
        return record;
      }),
  };
};

/** For a lane that is asked for something and was never made, or is gone. */
export const missing = (lane: string): never => {
  throw new KnownFailure(
    'LaneMissing',
    `There is no lane ${lane} on this machine: bring it up with "openbao-dr up ${lane}"`,
  );
};
