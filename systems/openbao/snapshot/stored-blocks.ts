/**
 * Reads deflate's stored blocks (RFC 1951, section 3.2.4) without zlib: OpenBao since 2.6 compresses nothing, and handing out
 * pieces of what was read spares a copy and a hop to another thread for each.
 */
import { snapshotFailure } from './failures.js';

/** How far back a compressed block may refer. */
const WINDOW_BYTES = 32 * 1024;
const HEADER_BYTES = 5;
const FINAL = 0x01;
const TYPE = 0x06;

export interface StoredBlocks {
  /**
   * @returns the unpacked pieces, and how it goes on: `more` input is needed, the last block has `ended` and this follows, or a
   * `compressed` block begins with these bytes.
   * @throws KnownFailure `SnapshotGzipDamaged`: a block's length contradicts itself.
   */
  push(chunk: Buffer): {
    readonly pieces: readonly Buffer[];
    readonly then: 'more' | 'ended' | 'compressed';
    readonly rest: Buffer;
  };
  /** The last 32 KiB that were unpacked, or fewer. */
  window(): Buffer;
}

export const createStoredBlocks = (): StoredBlocks => {
  let header: Buffer = Buffer.alloc(0);
  let leftBytes = 0;
  let last = false;
  const recent: Buffer[] = [];
  let recentBytes = 0;

  const remember = (piece: Buffer): void => {
    recent.push(piece);
    recentBytes += piece.length;
    while (recentBytes - recent[0]!.length >= WINDOW_BYTES) recentBytes -= recent.shift()!.length;
  };

  return {
    push(chunk) {
      const pieces: Buffer[] = [];
      let rest = chunk;
      for (;;) {
        if (leftBytes > 0) {
          if (rest.length === 0) return { pieces, then: 'more', rest };
          const piece = rest.subarray(0, leftBytes);
          leftBytes -= piece.length;
          rest = rest.subarray(piece.length);
          remember(piece);
          pieces.push(piece);
          continue;
        }
        if (last) return { pieces, then: 'ended', rest };
        const bytes = header.length === 0 ? rest : Buffer.concat([header, rest]);
        if (bytes.length > 0 && (bytes[0]! & TYPE) !== 0) return { pieces, then: 'compressed', rest: bytes };
        if (bytes.length < HEADER_BYTES) {
          header = Buffer.from(bytes);
          return { pieces, then: 'more', rest: bytes.subarray(bytes.length) };
        }
        header = Buffer.alloc(0);
        last = (bytes[0]! & FINAL) !== 0;
        leftBytes = bytes.readUInt16LE(1);
        if (leftBytes !== (bytes.readUInt16LE(3) ^ 0xffff)) {
          throw snapshotFailure('SnapshotGzipDamaged', 'has a block of two lengths');
        }
        rest = bytes.subarray(HEADER_BYTES);
      }
    },
    window: () => {
      const bytes = Buffer.concat(recent);
      return bytes.subarray(Math.max(0, bytes.length - WINDOW_BYTES));
    },
  };
};
