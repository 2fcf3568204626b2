/** Gives a restored copy the shares of the cluster that its snapshot is from. They are handed on, and kept nowhere. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { OpenBao } from '../../systems/openbao/api/client.js';
import { awaitUnsealed } from './restore-into-room.js';
import type { Room } from './room.js';
import { roomClient } from './open-room.js';
import { findRoomRecord, folderOfRun } from './room-record.js';

/**
 * Unseals the copy with shares that were handed in together.
 *
 * @returns the id of the cluster that the copy is.
 * @throws KnownFailure `SharesRefused`: they do not open the copy. It has forgotten them; others may be tried.
 * @throws KnownFailure `SharesMissing`: fewer than it takes. It has forgotten them.
 */
export const unsealRoom = async (room: Room, shares: readonly string[], signal?: AbortSignal): Promise<string> => {
  const { openbao } = room;
  let { sealed, threshold = 0 } = await openbao.forgetShares({ signal });
  for (const share of new Set(shares)) {
    if (sealed === false) break;
    ({ sealed, threshold = 0 } = await openbao.unseal(share, { signal }));
  }
  if (sealed !== false) {
    await openbao.forgetShares({ signal });
    throw new KnownFailure(
      'SharesMissing',
      `The copy takes ${threshold} different shares to unseal, and was given ${new Set(shares).size}: enter the others, too.`,
    );
  }
  return awaitUnsealed(room, signal);
};

/**
 * The OpenBao of a run's room, as another process of this machine and user reaches it: to give it a share, one after another.
 *
 * @throws KnownFailure `RoomGone`: the run has no room here now.
 */
export const findRoom = async (rooms: string, runId: string): Promise<OpenBao> => {
  if ((await findRoomRecord(rooms, runId)) !== undefined) return roomClient(folderOfRun(rooms, runId));
  throw new KnownFailure(
    'RoomGone',
    'This run has no open room on this machine: it has ended, or its worker has. Enter shares where the worker runs, while the run waits for them.',
  );
};
