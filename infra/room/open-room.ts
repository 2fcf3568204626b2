/** Opens a room: a throw-away OpenBao that a snapshot can be restored into, cut off from every network. */
import { realpath } from 'node:fs/promises';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';
import { createOpenBao, type OpenBao, type SealStatus } from '../../systems/openbao/api/client.js';
import { socketEndpoint } from '../../systems/openbao/api/endpoint.js';
import { addressesOf } from '../../systems/openbao/seal/stanza/seal-addresses.js';
import { readLogTail } from '../../systems/processes/log-tail.js';
import { identifyProcess } from '../../systems/processes/process-identity.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { assertSpace, lookAtSpace } from './capacity.js';
import { mapAddresses } from './place/mapped-addresses.js';
import { type Relay, startRelay } from './place/relay.js';
import { type Place, startPlace } from './place/start-place.js';
import type { Room, RoomRequest } from './room.js';
import { partsOf, secretsOf } from './room-config.js';
import { programOf } from './room-program.js';
import { filesToShow } from './place/files-to-show.js';
import { furnishRoom } from './furnish-room.js';
import { announceRoom, folderOfRun, recordProcess, removeRoom, sweepRoom } from './room-record.js';
import { roomEnded } from './seal-answers.js';

/** The longest path of a socket that Linux takes, in bytes, its end left out. */
const longestSocketPath = 107;
const startTimeoutMs = 60_000;

/**
 * Opens the run's room, and sweeps first what is left of one before. Its OpenBao answers, and has no data yet.
 *
 * @throws KnownFailure `RoomTooSmall`, `RoomNotEnclosed`, `RoomPathTooLong`, `SealFileMissing`, `SealFileRefused`,
 * `SealStanzaInvalid`, `SealAddressUnknown`: what the room lacks.
 * @throws KnownFailure `SealTokenRefused`, `SealKeyMissing`, `TransitUnreachable` (a retry may help) or `RoomNotStarted`: OpenBao
 * ended, in the words of its log. Nothing is left of the room then.
 * @throws KnownFailure `RoomGone`: another attempt of the run opened its room meanwhile, which stays.
 */
export const openRoom = async (asked: RoomRequest): Promise<Room> => {
  const request = { ...asked, secrets: secretsOf(asked) };
  const { runId, rooms, seal, storeBytes, kind = 'sealed', signal } = request;
  const mapped = mapAddresses(addressesOf(seal));
  const shown = await filesToShow(request);
  await ensurePrivateFolder(rooms);
  await sweepRoom(rooms, runId);
  assertSpace(storeBytes, await lookAtSpace(rooms), rooms);
  const folder = folderOfRun(await realpath(rooms), runId);
  const parts = partsOf(folder);
  if (Buffer.byteLength(parts.relay(mapped.length)) > longestSocketPath) throw pathTooLong(folder);

  const record = await announceRoom(folder, { runId, sealType: seal.type });

  const open: { place?: Place; readonly relays: Relay[] } = { relays: [] };
  const close = async (): Promise<void> => {
    await open.place?.end();
    await Promise.all(open.relays.splice(0).map((relay) => relay.close()));
    await removeRoom(folder, record);
  };
  try {
    await furnishRoom(request, folder, mapped);
    if (kind === 'sealed') {
      for (const [at, { address }] of mapped.entries()) open.relays.push(await startRelay(parts.relay(at), address));
    }
    open.place = await startPlace(programOf(request, folder, mapped, shown), signal);
    const { place } = open;
    const process = await identifyProcess(place.pid);
    if (process === undefined) throw roomEnded(seal, await readLogTail(parts.log));
    await recordProcess(folder, record, process);
    const openbao = roomClient(folder);
    const { version = '' } = await answering(openbao, place, request, parts.log);
    return {
      ...{ runId, kind, seal, folder, logFile: parts.log, openbao, version, place, close },
      relayed: () => open.relays.reduce((sum, relay) => sum + relay.made(), 0),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

/** A room's OpenBao, which any process of this user may ask, as one that takes shares does. */
export const roomClient = (folder: string): OpenBao => createOpenBao(socketEndpoint(partsOf(folder).api, 'the room'));

/** Waits until it answers, sealed and without data: that is an answer. */
const answering = (
  openbao: OpenBao,
  place: Place,
  { seal, signal }: RoomRequest,
  logFile: string,
): Promise<SealStatus> => {
  const ask = async (): Promise<SealStatus | undefined> => {
    if (place.ended() !== undefined) throw roomEnded(seal, await readLogTail(logFile));
    try {
      return await openbao.sealStatus();
    } catch (error) {
      if (isKnownFailure(error) && error.retryable) return undefined;
      throw error;
    }
  };
  return waitUntil(ask, {
    what: "the room's OpenBao to answer",
    timeoutMs: startTimeoutMs,
    intervalMs: 20,
    ...(signal === undefined ? {} : { signal }),
  });
};

const pathTooLong = (folder: string): KnownFailure =>
  new KnownFailure(
    'RoomPathTooLong',
    `The sockets of a room in ${folder} would have a longer path than Linux takes: name a state folder with a shorter path.`,
  );
