/** Whether this machine can hold a room: a restore that dies half-way of want says nothing of the snapshot. */
import { KnownFailure } from '../../domain/known-failure.js';
import { describeBytes } from '../../domain/units.js';
import { readDiskSpace } from '../../systems/machine/disk.js';
import { readAvailableMemory } from '../../systems/machine/memory.js';

const mebibyte = 1024 * 1024;

/** What a room of a store of this size takes; measured on OpenBao 2.7.2, whose memory came to 3.4 and 4.1 times a store of 120 and 268 MB, and rounded up. */
export const roomNeeds = (storeBytes: number): { readonly memoryBytes: number; readonly diskBytes: number } => ({
  memoryBytes: 256 * mebibyte + 4 * storeBytes,
  // The upload, the snapshot that Raft keeps and the database it becomes; twice the store at a time was seen.
  diskBytes: 128 * mebibyte + 3 * storeBytes,
});

export interface RoomSpace {
  /** Undefined where the kernel does not say. */
  readonly memoryBytes: number | undefined;
  readonly diskBytes: number | undefined;
}

export const lookAtSpace = async (folder: string): Promise<RoomSpace> => ({
  memoryBytes: await readAvailableMemory(),
  diskBytes: (await readDiskSpace(folder))?.freeBytes,
});

/**
 * @param storeBytes what the snapshot's store comes to, unpacked.
 * @throws KnownFailure `RoomTooSmall`: memory or disk is short; it may be free later (a retry may help).
 */
export const assertSpace = (storeBytes: number, space: RoomSpace, folder: string): void => {
  const needs = roomNeeds(storeBytes);
  const short = [
    { what: 'memory of this machine', free: space.memoryBytes, needed: needs.memoryBytes },
    { what: `disk at ${folder}`, free: space.diskBytes, needed: needs.diskBytes },
  ].find(({ free, needed }) => free !== undefined && free < needed);
  if (short === undefined) return;
  throw new KnownFailure(
    'RoomTooSmall',
    `A room for this snapshot needs ${describeBytes(short.needed)} of the ${short.what}, and ${describeBytes(short.free!)} are free: free some, or restore on another machine.`,
    { retryable: true },
  );
};
