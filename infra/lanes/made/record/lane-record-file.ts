/** The file in which a lane remembers what it has. */
import { basename, join } from 'node:path';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { withFileLock } from '../../../../systems/files/file-lock.js';
import { readJsonFile, writeJsonFile } from '../../../../systems/files/json-file.js';
import { noteUnknownFields } from './unknown-fields.js';

export interface LaneRecordFile<LaneRecord> {
  read(): Promise<LaneRecord | undefined>;
  /** @throws KnownFailure `LaneMissing`. */
  existing(): Promise<LaneRecord>;
  /**
   * The record, made by `make` when there is none yet. It is written before `furnish` makes what it says is ready, and again
   * afterwards; a furnishing that was cut short is done again.
   */
  create(
    make: () => Promise<LaneRecord>,
    furnish?: (record: LaneRecord) => Promise<void>,
  ): Promise<{ readonly record: LaneRecord; readonly isNew: boolean }>;
  /**
   * Changes the record in place, and keeps the change before anything else happens. Fields that only a newer version knows
   * stay.
   *
   * @throws KnownFailure `LaneMissing`.
   */
  update(change: (record: LaneRecord) => void): Promise<LaneRecord>;
}

export interface LaneRecordFileOptions {
  /** Held for one change, where several processes make changes at once. Default: all changes are made under the lane's lock. */
  readonly lock?: string;
}

/**
 * @param parse throws for what is no record.
 * @throws KnownFailure `CorruptedState` from every method: the file is damaged.
 */
export const openLaneRecordFile = <LaneRecord extends { readonly materialsReady: boolean }>(
  laneFolder: string,
  parse: (value: unknown) => LaneRecord,
  { lock }: LaneRecordFileOptions = {},
): LaneRecordFile<LaneRecord> => {
  const path = join(laneFolder, 'lane.json');
  // Servers start side by side, and each records itself: one change at a time.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = (): Promise<T> => (lock === undefined ? run() : withFileLock(lock, run));
    const next = last.then(turn, turn);
    last = next.catch(() => undefined);
    return next;
  };
  /** The record, and what writes it with all that its file says. */
  const open = () =>
    readJsonFile(path, (value) => {
      const record = parse(value);
      const complete = noteUnknownFields(record, value);
      return { record, write: () => writeJsonFile(path, complete(record)) };
    });
  const read = async (): Promise<LaneRecord | undefined> => (await open())?.record;
  const existing = async (): Promise<LaneRecord> => (await read()) ?? missing(basename(laneFolder));
  return {
    read,
    existing,
    create: (make, furnish) =>
      inTurn(async () => {
        const found = await open();
        if (found?.record.materialsReady === true) return { record: found.record, isNew: false };
        const made = found?.record ?? (await make());
        const write = found?.write ?? (() => writeJsonFile(path, made));
        // Before anything is started: whatever comes later can be found again and removed.
        await write();
        if (furnish !== undefined) {
          await furnish(made);
          await write();
        }
        return { record: made, isNew: found === undefined };
      }),
    update: (change) =>
      inTurn(async () => {
        const { record, write } = (await open()) ?? missing(basename(laneFolder));
        change(record);
        await write();
        return record;
      }),
  };
};

const missing = (lane: string): never => {
  throw new KnownFailure(
    'LaneMissing',
    `There is no lane ${lane} on this machine: bring it up with "openbao-dr up ${lane}"`,
  );
};
