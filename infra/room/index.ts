/**
 * The room of a restore test, as its steps use it:
 *
 * 1. {@link assertNamespaces} and {@link assertRoomAllowed}, before anything is fetched; {@link chooseBao}, once it is inspected.
 * 2. {@link openRoom}: a step that is tried again opens the run's room anew, and sweeps what is left of the one before.
 * 3. {@link observeSealed}, for the check `room-sealed`.
 * 4. {@link restoreIntoRoom}, once for each room; {@link unsealRoom} with shares, or {@link findRoom} for people who bring theirs. Then
 *    {@link readRoomLog}: mounts, namespaces, dead mounts, missing plugins, refused audit devices, what
 *    the room kept the copy from, and other errors, without any credential.
 * 5. `room.close()`, whatever came of it. {@link sweepRoom} does the same for a room whose worker is gone, from the run's id alone;
 *    {@link sweepDeadRooms} for all of those, as when a worker starts.
 *
 * A room lives in the worker that opened it and dies with it: a step that finds it gone begins again at 2.
 */
export { assertRoomAllowed, type ActingParts, type RoomKind } from '../../domain/recovery/room-kind.js';
export { chooseBao, type BaoChoice, type ChosenBao } from './choose-bao.js';
export { openRoom } from './open-room.js';
export { assertNamespaces } from './place/namespaces.js';
export { readRoomLog } from './read-room-log.js';
export { restoreIntoRoom, type RestoredCopy, type RoomRestore } from './restore-into-room.js';
export type { Room, RoomRequest } from './room.js';
export { sweepDeadRooms, sweepRoom } from './room-record.js';
export { observeSealed, type SealedObservation } from './sealed/observe-sealed.js';
export { findRoom, unsealRoom } from './unseal-room.js';
