/** Restores a snapshot into a room, and sees what becomes of it: OpenBao's answer only says that it has the archive. */
import type { Readable } from 'node:stream';
import { KnownFailure } from '../../domain/known-failure.js';
import { awaiting } from '../../systems/openbao/api/awaited-server.js';
import type { OpenBaoSession } from '../../systems/openbao/api/client.js';
import { readLogTail } from '../../systems/processes/log-tail.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { copyStaysSealed, readRoomLog } from './read-room-log.js';
import type { Room } from './room.js';
import { roomEnded } from './seal-answers.js';

export interface RoomRestore {
  /** Consumed or destroyed, however the call ends. */
  readonly body: Readable;
  readonly sizeBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** `sealed`: the copy waits for the shares of the cluster that took the snapshot. */
export type RestoredCopy =
  { readonly state: 'active'; readonly clusterId: string } | { readonly state: 'sealed'; readonly threshold: number };

const readyTimeoutMs = 60_000;
const restoreTimeoutMs = 10 * 60_000;

/**
 * Restores once: a step that is tried again opens another room. OpenBao's verifying endpoint takes the snapshot, which is the proof
 * that the seal's key opens it; of a Shamir seal only the shares can prove that, so it is forced.
 *
 * @throws KnownFailure `SealMismatch`: another key sealed the snapshot, or the seal does not answer.
 * @throws KnownFailure `SnapshotRefused`, `SnapshotChanged`: the archive is damaged, or not as long as stated.
 * @throws KnownFailure `CopyStaysSealed`: it was restored, and the seal does not open what came back.
 * @throws KnownFailure `RoomUsed`: the room has had a snapshot, or an attempt of one.
 * @throws KnownFailure `RoomNotStarted`: OpenBao ended. `TimedOut`: nothing became of it.
 */
export const restoreIntoRoom = async (room: Room, { body, sizeBytes, signal }: RoomRestore): Promise<RestoredCopy> => {
  const isShamir = room.seal.type === 'shamir';
  let session: OpenBaoSession;
  let ownId: string;
  try {
    ({ session, ownId } = await makeReady(room, isShamir, signal));
  } catch (error) {
    body.destroy();
    throw error;
  }
  await session.restoreSnapshot({ body, sizeBytes, force: isShamir, ...(signal && { signal }) });
  const restored = await waitUntil(
    awaiting(() => lookAtCopy(room, ownId)),
    waiting('the snapshot to be restored in the room', restoreTimeoutMs, signal),
  );
  if (restored !== 'sealed') return { state: 'active', clusterId: restored };
  if (!isShamir) throw await copyStaysSealed(room);
  return awaitShares(room, signal);
};

/**
 * A copy answers as active, by its own name, before it has come to its audit devices, of which one that it cannot open seals it again
 * (2.7.2): it counts once its log says that it is through.
 *
 * @param ownId the cluster that the room was before.
 * @returns the id of the cluster that it is; undefined while it is on its way.
 */
const lookAtCopy = async (room: Room, ownId: string | undefined): Promise<string | undefined> => {
  await assertRuns(room);
  const { status, sealed, clusterId } = await room.openbao.health();
  if (status === 503 && sealed === true) return 'sealed';
  if (status !== 200 || clusterId === undefined || clusterId === ownId) return undefined;
  return (await readRoomLog(room)).complete ? clusterId : undefined;
};

/**
 * Waits for a copy that was given its shares.
 *
 * @returns the id of the cluster that it is.
 * @throws KnownFailure `CopyStaysSealed`.
 */
export const awaitUnsealed = async (room: Room, signal?: AbortSignal): Promise<string> => {
  const found = await waitUntil(
    awaiting(() => lookAtCopy(room, undefined)),
    waiting('the copy to be active', readyTimeoutMs, signal),
  );
  if (found === 'sealed') throw await copyStaysSealed(room);
  return found;
};

/** Until it starts again, OpenBao counts shares by the threshold of the store that the snapshot has replaced (2.7.2). */
const awaitShares = async (room: Room, signal: AbortSignal | undefined): Promise<RestoredCopy> => {
  await room.place.restart();
  return waitUntil(
    awaiting(async () => {
      await assertRuns(room);
      const { initialized, sealed, threshold = 0 } = await room.openbao.sealStatus({ signal });
      return initialized === true && sealed === true ? ({ state: 'sealed', threshold } as const) : undefined;
    }),
    waiting("the room's OpenBao to take shares", readyTimeoutMs, signal),
  );
};

/** A store of its own, which the snapshot replaces: OpenBao restores only on behalf of a token. */
const makeReady = async (
  room: Room,
  isShamir: boolean,
  signal: AbortSignal | undefined,
): Promise<{ readonly session: OpenBaoSession; readonly ownId: string }> => {
  const { openbao } = room;
  if ((await openbao.sealStatus({ signal })).initialized === true) {
    throw new KnownFailure('RoomUsed', 'This room has had a snapshot already: open another for the next one.');
  }
  const { rootToken, shares } = await openbao.initialize(
    isShamir ? { secretShares: 1, secretThreshold: 1 } : { recoveryShares: 1, recoveryThreshold: 1 },
    { signal },
  );
  for (const share of shares) await openbao.unseal(share, { signal });
  const ownId = await awaitActive(room, signal);
  return { session: openbao.useToken(rootToken), ownId };
};

/** @returns the id of the cluster that the room's OpenBao is. */
const awaitActive = (room: Room, signal: AbortSignal | undefined): Promise<string> =>
  waitUntil(
    awaiting(async () => {
      await assertRuns(room);
      const { status, clusterId } = await room.openbao.health({ signal });
      return status === 200 ? clusterId : undefined;
    }),
    waiting("the room's OpenBao to be active", readyTimeoutMs, signal),
  );

const assertRuns = async ({ place, seal, logFile }: Pick<Room, 'place' | 'seal' | 'logFile'>): Promise<void> => {
  if (place.ended() !== undefined) throw roomEnded(seal, await readLogTail(logFile));
};

const waiting = (what: string, timeoutMs: number, signal: AbortSignal | undefined) => ({
  what,
  timeoutMs,
  // Each question that OpenBao cannot answer, as during a restore, is a line of its log.
  intervalMs: 100,
  ...(signal === undefined ? {} : { signal }),
});
