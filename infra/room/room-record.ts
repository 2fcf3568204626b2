/** What a room leaves in its folder, so that others of this machine find it by its run. Holds no secret. */
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isKnownFailure } from '../../domain/known-failure.js';
import { readJsonFile, writeJsonFile } from '../../systems/files/json-file.js';
import { killBackgroundProcess } from '../../systems/processes/background-process.js';
import { isRunning } from '../../systems/processes/process-identity.js';
import { processPlace } from '../../systems/processes/process-place.js';

const recordSchema = z.object({
  runId: z.string(),
  /** Where its process number means something. */
  machine: z.string(),
  /** The process that is the room: what ends with it is everything in it. */
  process: z.object({ pid: z.number().int().positive(), startedAt: z.string() }),
  sealType: z.string(),
});

export type RoomRecord = z.infer<typeof recordSchema>;

const recordFile = 'room.json';
const abandonedAfterMs = 10 * 60_000;

/** A run's own folder: short, as the path of a socket has to fit into 107 bytes. */
export const folderOfRun = (rooms: string, runId: string): string =>
  join(rooms, createHash('sha256').update(runId).digest('hex').slice(0, 12));

export const writeRoomRecord = (folder: string, record: RoomRecord): Promise<void> =>
  writeJsonFile(join(folder, recordFile), record);

/** The record of a room that runs on this machine; undefined if the run has none. */
export const findRoomRecord = async (rooms: string, runId: string): Promise<RoomRecord | undefined> => {
  const record = await readRecord(folderOfRun(rooms, runId));
  if (record === undefined || record.machine !== (await processPlace())) return undefined;
  return (await isRunning(record.process)) ? record : undefined;
};

/**
 * Ends what is left of a run's room, and removes its folder. Does nothing if there is none.
 *
 * @throws KnownFailure `ProcessNotStopped` (a retry may help).
 */
export const sweepRoom = (rooms: string, runId: string): Promise<void> => sweep(folderOfRun(rooms, runId));

/**
 * Removes every room whose process has ended, as after a worker that was killed. Those that run stay, and so do those of another
 * machine that shares the folder.
 *
 * @returns the runs whose rooms were removed.
 */
export const sweepDeadRooms = async (rooms: string): Promise<readonly string[]> => {
  const swept: string[] = [];
  for (const name of await readdir(rooms).catch(() => [])) {
    const folder = join(rooms, name);
    const record = await readRecord(folder);
    if (record === undefined && (await isAbandoned(folder))) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    if (record === undefined || record.machine !== (await processPlace()) || (await isRunning(record.process)))
      continue;
    await rm(folder, { recursive: true, force: true });
    swept.push(record.runId);
  }
  return swept;
};

/** Made by a worker that died before its room was recorded; one that opens now takes seconds. */
const isAbandoned = async (folder: string): Promise<boolean> => {
  const isRecorded = await stat(join(folder, recordFile)).then(
    () => true,
    () => false,
  );
  const made = await stat(folder).catch(() => undefined);
  return !isRecorded && made !== undefined && Date.now() - made.mtimeMs > abandonedAfterMs;
};

const sweep = async (folder: string): Promise<void> => {
  const record = await readRecord(folder);
  if (record !== undefined && record.machine === (await processPlace())) await killBackgroundProcess(record.process);
  await rm(folder, { recursive: true, force: true });
};

const readRecord = async (folder: string): Promise<RoomRecord | undefined> => {
  try {
    return await readJsonFile(join(folder, recordFile), (value) => recordSchema.parse(value));
  } catch (error) {
    if (isKnownFailure(error, 'CorruptedState')) return undefined;
    throw error;
  }
};
