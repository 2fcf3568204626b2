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
/** Smaller pieces are put together: a block may hold a single byte, and each piece costs every step that follows. */
const SMALL_BYTES = 4 * 1024;
const MOST_REMEMBERED = 256;

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
  let recent: Buffer[] = [];
  let recentBytes = 0;

  const remember = (piece: Buffer): void => {
    recent.push(piece);
    recentBytes += piece.length;
    while (recentBytes - recent[0]!.length >= WINDOW_BYTES) recentBytes -= recent.shift()!.length;
    if (recent.length > MOST_REMEMBERED) recent = [Buffer.concat(recent)];
  };

  return {
    push(chunk) {
      const bytes = header.length === 0 ? chunk : Buffer.concat([header, chunk]);
      header = bytes.subarray(0, 0);
      const found = collect(bytes);
      let at = 0;
      const goOn = (then: 'more' | 'ended' | 'compressed', rest: Buffer) => {
        const pieces = found.pieces();
        pieces.forEach(remember);
        return { pieces, then, rest };
      };
      for (;;) {
        if (leftBytes > 0) {
          const end = Math.min(bytes.length, at + leftBytes);
          if (end === at) return goOn('more', bytes.subarray(at));
          found.add(at, end);
          leftBytes -= end - at;
          at = end;
          continue;
        }
        if (last) return goOn('ended', bytes.subarray(at));
        if (at < bytes.length && (bytes[at]! & TYPE) !== 0) return goOn('compressed', bytes.subarray(at));
        if (bytes.length - at < HEADER_BYTES) {
          header = Buffer.from(bytes.subarray(at));
          return goOn('more', bytes.subarray(bytes.length));
        }
        last = (bytes[at]! & FINAL) !== 0;
        leftBytes = bytes.readUInt16LE(at + 1);
        if (leftBytes !== (bytes.readUInt16LE(at + 3) ^ 0xffff)) {
          throw snapshotFailure('SnapshotGzipDamaged', 'has a block of two lengths');
        }
        at += HEADER_BYTES;
      }
    },
    window: () => {
      const bytes = Buffer.concat(recent);
      return bytes.subarray(Math.max(0, bytes.length - WINDOW_BYTES));
    },
  };
};

/** Collects parts of these bytes: large ones as they are, small neighbors copied into one piece. */
const collect = (bytes: Buffer) => {
  const pieces: Buffer[] = [];
  let copies: Buffer | undefined;
  let from = 0;
  let to = 0;
  const flush = (): void => {
    if (copies !== undefined && to > from) pieces.push(copies.subarray(from, to));
    from = to;
  };
  return {
    add(start: number, end: number): void {
      if (end - start >= SMALL_BYTES) {
        flush();
        pieces.push(bytes.subarray(start, end));
        return;
      }
      copies ??= Buffer.allocUnsafeSlow(bytes.length - start);
      to += bytes.copy(copies, to, start, end);
    },
    pieces: (): readonly Buffer[] => {
      flush();
      return pieces;
    },
  };
};
