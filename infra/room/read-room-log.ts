/** Reads what the restored copy says of itself. */
import { KnownFailure } from '../../domain/known-failure.js';
import { readPrivateFile } from '../../systems/files/private-file.js';
import { type CopyLog, readCopyLog } from '../../systems/openbao/log/copy-log.js';
import type { Room } from './room.js';

/** Of a store of 50,000 mounts, with room to spare. */
const mostBytes = 64 * 1024 * 1024;

/** @throws KnownFailure `FileTooLarge`. */
export const readRoomLog = async ({ logFile }: Pick<Room, 'logFile'>): Promise<CopyLog> =>
  readCopyLog((await readPrivateFile(logFile, mostBytes)) ?? '');

/** Of a copy that has sealed itself, or was never opened. */
export const copyStaysSealed = async (room: Pick<Room, 'logFile'>): Promise<KnownFailure> => {
  const { refusedAudits, errors } = await readRoomLog(room);
  const [audit] = refusedAudits;
  return new KnownFailure(
    'CopyStaysSealed',
    audit === undefined
      ? 'The snapshot was restored, and the copy does not unseal: its own log says why.'
      : `The snapshot was restored, and the copy seals itself, for it cannot open its audit device at ${audit.path}: a cluster that is restored elsewhere would do the same.`,
    { facts: { answer: audit?.why ?? errors[0] } },
  );
};
