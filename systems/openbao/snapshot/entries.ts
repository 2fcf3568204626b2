/**
 * Reads `state.bin` as it streams past: a varint length before each entry, and the entry as protobuf {1: key, 2: value}, as
 * OpenBao's `physical/raft/fsm.go` writes it. Keys are in clear, values are encrypted but for a few.
 */
import { createHash, type Hash, hash as hashOnce } from 'node:crypto';
import { snapshotFailure } from './failures.js';
import { ProtobufError, readVarint, type Varint, wireType } from './protobuf.js';

export interface SnapshotEntry {
  readonly key: Buffer;
  /** Empty if digests were not asked for. */
  readonly valueSha256: Buffer;
  readonly valueBytes: number;
  /** The value of `core/seal-config`, which is in clear. */
  readonly plain?: string;
}

export interface EntryReader {
  /**
   * Takes the next bytes, of any length. At most an unfinished key is kept of them.
   *
   * @throws KnownFailure `SnapshotEntryDamaged`, after which it must not be called again.
   */
  write(chunk: Buffer): void;
  /** @throws KnownFailure `SnapshotEntryDamaged` if an entry is not complete. */
  end(): void;
}

/** OpenBao refuses keys longer than 32 KiB, and entries longer than 1 MiB unless it is told otherwise. */
const MOST_KEY_BYTES = 64 * 1024;
const MOST_ENTRY_BYTES = 512 * 1024 * 1024;
const MOST_PLAIN_BYTES = 64 * 1024;

const sealConfig = Buffer.from('core/seal-config');
const none: Buffer = Buffer.alloc(0);

/** A field that goes on behind the bytes at hand. */
interface OpenField {
  /** Otherwise it is passed over. */
  readonly isValue: boolean;
  readonly sizeBytes: number;
  leftBytes: number;
  readonly hash: Hash | undefined;
}

type EntryValue = Omit<SnapshotEntry, 'key'>;

/**
 * @param found receives every entry once it is complete.
 * @param digests whether values are hashed, which takes most of the time.
 */
export const createEntryReader = (found: (entry: SnapshotEntry) => void, digests: boolean): EntryReader => {
  /** The part of a number or a key that was cut off. */
  let unread = none;
  /** Undefined between entries. */
  let entryLeft: number | undefined;
  let field: OpenField | undefined;
  let key: Buffer | undefined;
  let value: EntryValue | undefined;

  const beginEntry = (length: number): void => {
    if (length > MOST_ENTRY_BYTES) throw damaged('holds an entry of an unlikely size');
    if (length === 0) throw damaged('holds an empty entry');
    entryLeft = length;
    key = undefined;
    value = undefined;
  };

  const endEntryIfComplete = (): void => {
    if (entryLeft !== 0 || field !== undefined) return;
    entryLeft = undefined;
    if (key === undefined) throw damaged('holds an entry without a key');
    found({ key, ...(value ?? valueOf(none)) });
  };

  const takeKey = (bytes: Buffer): void => {
    // A copy: the chunk it lies in is large, and must not live as long as the key.
    key = Buffer.from(bytes);
  };

  const valueOf = (bytes: Buffer): EntryValue => {
    // By way of hex: twice as fast as asking for a buffer.
    const valueSha256 = digests ? Buffer.from(hashOnce('sha256', bytes, 'hex'), 'hex') : none;
    const valueBytes = bytes.length;
    return isPlain(valueBytes) ? { valueSha256, valueBytes, plain: bytes.toString() } : { valueSha256, valueBytes };
  };

  const isPlain = (length: number): boolean =>
    length <= MOST_PLAIN_BYTES && key?.length === sealConfig.length && key.equals(sealConfig);

  const continueField = (open: OpenField, bytes: Buffer, at: number): number => {
    const end = Math.min(bytes.length, at + open.leftBytes);
    open.hash?.update(bytes.subarray(at, end));
    open.leftBytes -= end - at;
    if (open.leftBytes > 0) return end;
    if (open.isValue) value = { valueSha256: open.hash?.digest() ?? none, valueBytes: open.sizeBytes };
    field = undefined;
    endEntryIfComplete();
    return end;
  };

  /** Takes one field, or begins it. */
  const takeField = (bytes: Buffer, at: number, left: number): number => {
    const tag = readVarint(bytes, at);
    const head = tag && headOf(bytes, tag);
    if (tag === undefined || head === undefined) return at;
    const number = Math.floor(tag.value / 8);
    const { start, length } = head;
    const end = start + length;
    if (number === 0 || end - at > left) throw damaged('holds an entry with a field that cannot be');
    const isKey = number === 1;
    const isValue = number === 2;
    if ((isKey || isValue) && tag.value % 8 !== wireType.length) throw damaged('holds an entry of another form');
    if (isKey && (key !== undefined || length === 0 || length > MOST_KEY_BYTES)) throw damaged('holds an unlikely key');
    if (isValue && value !== undefined) throw damaged('holds an entry with two values');

    if (end > bytes.length && (isKey || (isValue && isPlain(length)))) return at;
    entryLeft = left - (end - at);
    if (end <= bytes.length) {
      if (isKey) takeKey(bytes.subarray(start, end));
      if (isValue) value = valueOf(bytes.subarray(start, end));
      endEntryIfComplete();
      return end;
    }
    const hash = isValue && digests ? createHash('sha256') : undefined;
    field = { isValue, sizeBytes: length, leftBytes: length, hash };
    return continueField(field, bytes, start);
  };

  /** Returns where it stopped; `at` itself if it needs more bytes to go on. */
  const step = (bytes: Buffer, at: number): number => {
    if (field !== undefined) return continueField(field, bytes, at);
    if (entryLeft !== undefined) return takeField(bytes, at, entryLeft);
    const length = readVarint(bytes, at);
    if (length === undefined) return at;
    beginEntry(length.value);
    return length.end;
  };

  const take = (chunk: Buffer): void => {
    const bytes = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    let at = 0;
    for (let next = step(bytes, at); next > at; next = step(bytes, at)) at = next;
    unread = at === bytes.length ? none : bytes.subarray(at);
  };

  return {
    write: (chunk) => explained(() => take(chunk)),
    end() {
      if (unread.length > 0 || entryLeft !== undefined) throw damaged('ends within an entry');
    },
  };
};

/** The start and the length of a field's content; undefined if the bytes end before it. */
const headOf = (bytes: Buffer, tag: Varint): { readonly start: number; readonly length: number } | undefined => {
  switch (tag.value % 8) {
    case wireType.varint: {
      const number = readVarint(bytes, tag.end);
      return number && { start: number.end, length: 0 };
    }
    case wireType.fixed64:
      return { start: tag.end, length: 8 };
    case wireType.fixed32:
      return { start: tag.end, length: 4 };
    case wireType.length: {
      const length = readVarint(bytes, tag.end);
      return length && { start: length.end, length: length.value };
    }
    default:
      throw damaged('holds an entry with a field of an unknown kind');
  }
};

const explained = (run: () => void): void => {
  try {
    run();
  } catch (error) {
    throw error instanceof ProtobufError ? damaged(error.message) : error;
  }
};

const damaged = (what: string) => snapshotFailure('SnapshotEntryDamaged', `${what} in its state`);
