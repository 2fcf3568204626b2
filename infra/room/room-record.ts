/** What a room leaves beside its folder, so that others of this machine find it by its run, and what is inside cannot change it. Holds no secret. */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { readJsonFile, writeJsonFile } from '../../systems/files/json-file.js';
import { readSystemFile } from '../../systems/machine/system-file.js';
import { isRunning, type ProcessIdentity } from '../../systems/processes/process-identity.js';
import { processPlace } from '../../systems/processes/process-place.js';
import { killPlace } from './place/kill-place.js';

const recordSchema = z.object({
  runId: z.string(),
  /** Differs for every room: another attempt of the run may have opened the next one in the same folder. */
  nonce: z.string(),
  /** Where its process number means something. */
  machine: z.string(),
  host: z.string(),
  /** Differs for every start of the host. */
  boot: z.string(),
  /** The process that is the room: what ends with it is everything in it. Missing while the room is furnished. */
  process: z.object({ pid: z.number().int().positive(), startedAt: z.string() }).optional(),
  sealType: z.string(),
});

export type RoomRecord = z.infer<typeof recordSchema>;

const abandonedAfterMs = 10 * 60_000;
const damagedAfterMs = 24 * 60 * 60_000;

/** A run's own folder: short, as the path of a socket has to fit into 107 bytes. */
export const folderOfRun = (rooms: string, runId: string): string =>
  join(rooms, createHash('sha256').update(runId).digest('hex').slice(0, 12));

const recordOf = (folder: string): string => `${folder}.json`;

/** Says that a room is about to be furnished in the folder, which is this room's from then on. */
export const announceRoom = async (
  folder: string,
  { runId, sealType }: Pick<RoomRecord, 'runId' | 'sealType'>,
): Promise<RoomRecord> => {
  const [machine, boot] = await Promise.all([processPlace(), bootId()]);
  const record = { runId, nonce: randomUUID(), machine, host: hostname(), boot, sealType };
  await writeJsonFile(recordOf(folder), record);
  return record;
};

/**
 * Says which process the announced room is.
 *
 * @throws KnownFailure `RoomGone`: another attempt of the run has the folder by now.
 */
export const recordProcess = async (folder: string, record: RoomRecord, process: ProcessIdentity): Promise<void> => {
  if (!(await isStill(folder, record))) {
    throw new KnownFailure(
      'RoomGone',
      'Another attempt of this run opened its room while this one did: let that one go on.',
    );
  }
  await writeJsonFile(recordOf(folder), { ...record, process });
};

/** Removes what a room leaves, unless the folder is another room's by now. */
export const removeRoom = async (folder: string, record: RoomRecord | undefined): Promise<void> => {
  if (!(await isStill(folder, record))) return;
  await rm(folder, { recursive: true, force: true });
  await rm(recordOf(folder), { force: true });
};

const isStill = async (folder: string, record: RoomRecord | undefined): Promise<boolean> =>
  (await readRecord(folder))?.nonce === record?.nonce;

/** The record of a room that runs on this machine; undefined if the run has none. */
export const findRoomRecord = async (rooms: string, runId: string): Promise<RoomRecord | undefined> => {
  const record = await readRecord(folderOfRun(rooms, runId));
  if (record?.process === undefined || record.machine !== (await processPlace())) return undefined;
  return (await isRunning(record.process)) ? record : undefined;
};

/**
 * Ends what is left of a run's room, and removes its folder. Does nothing if there is none.
 *
 * @throws KnownFailure `ProcessNotStopped` (a retry may help).
 */
export const sweepRoom = async (rooms: string, runId: string): Promise<void> => {
  const folder = folderOfRun(rooms, runId);
  const record = await readRecord(folder);
  if (record?.process !== undefined && record.machine === (await processPlace())) await killPlace(record.process);
  await removeRoom(folder, record);
};

/**
 * Removes every room whose process has ended, as after a worker that was killed or a machine that was started again. Those that run
 * stay, and so do those of another machine that shares the folder.
 *
 * @returns the runs whose rooms were removed.
 */
export const sweepDeadRooms = async (rooms: string): Promise<readonly string[]> => {
  const swept: string[] = [];
  const found = await readdir(rooms).catch(() => []);
  for (const name of new Set(found.map((file) => basename(file, '.json')))) {
    const folder = join(rooms, name);
    const record = await readRecord(folder);
    if (!(record === undefined ? await isForgotten(folder) : await isDead(folder, record))) continue;
    await removeRoom(folder, record);
    if (record !== undefined) swept.push(record.runId);
  }
  return swept;
};

const isDead = async (folder: string, record: RoomRecord): Promise<boolean> => {
  if (record.host === hostname() && record.boot !== (await bootId())) return true;
  if (record.machine !== (await processPlace())) return false;
  if (record.process === undefined) return ((await ageOf(recordOf(folder))) ?? 0) > abandonedAfterMs;
  return !(await isRunning(record.process));
};

/** A folder without a record is of a worker that died early, or of a check; a record that cannot be read may be of a room that runs. */
const isForgotten = async (folder: string): Promise<boolean> => {
  const recordAge = await ageOf(recordOf(folder));
  const age = (await ageOf(folder)) ?? recordAge ?? 0;
  return age > (recordAge === undefined ? abandonedAfterMs : damagedAfterMs);
};

const ageOf = async (path: string): Promise<number | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : Date.now() - found.mtimeMs;
};

const bootId = async (): Promise<string> => (await readSystemFile('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';

const readRecord = async (folder: string): Promise<RoomRecord | undefined> => {
  try {
    return await readJsonFile(recordOf(folder), (value) => recordSchema.parse(value));
  } catch (error) {
    if (isKnownFailure(error, 'CorruptedState')) return undefined;
    throw error;
  }
};
