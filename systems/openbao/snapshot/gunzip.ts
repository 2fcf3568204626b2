/**
 * Unpacks a gzip that is exactly one member (RFC 1952), as OpenBao writes it. Its frame is read here and not by zlib, which
 * passes over zeros behind the end, takes whatever follows for a second member, and cannot tell one damage from another.
 */
import type { Readable } from 'node:stream';
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { codeOf } from '../api/failures.js';
import { notASnapshot, snapshotFailure } from './failures.js';
import { createStoredBlocks } from './stored-blocks.js';

/** Large, so that stored data is passed on in large pieces. */
const OUTPUT_BYTES = 1024 * 1024;
/** Flags and the fields they announce. */
const MOST_HEADER_BYTES = 64 * 1024;
const TRAILER_BYTES = 8;

const HEADER_CRC = 0x02;
const EXTRA = 0x04;
const NAME = 0x08;
const COMMENT = 0x10;
const RESERVED = 0xe0;

/**
 * The unpacked bytes. Ends only once the archive has ended, whole and with nothing behind it. Whatever comes out last, the
 * archive is destroyed.
 *
 * @param onRead receives every chunk as it is read.
 * @throws KnownFailure `NotASnapshot`, `SnapshotTruncated`, `SnapshotGzipDamaged` or `SnapshotTrailingData`; the archive's own error, as it
 * is.
 */
export async function* gunzip(archive: Readable, onRead: (chunk: Buffer) => void): AsyncGenerator<Buffer, void> {
  let crc = 0;
  let sizeBytes = 0;
  const seen = (chunk: Buffer): Buffer => {
    crc = crc32(chunk, crc);
    sizeBytes += chunk.length;
    return chunk;
  };
  try {
    const read = readerOf(archive, onRead);
    const stored = createStoredBlocks();
    let input = await readPastHeader(read);
    let trailer: Buffer | undefined;
    while (trailer === undefined) {
      const { pieces, then, rest } = stored.push(input);
      for (const piece of pieces) yield seen(piece);
      if (then === 'ended') trailer = await readTrailer(read, rest);
      else if (then === 'compressed') trailer = yield* inflateRest(read, rest, { window: stored.window(), seen });
      else {
        const next = await read();
        if (next === undefined) throw cutShort();
        input = next;
      }
    }
    if (trailer.length < TRAILER_BYTES) throw cutShort();
    if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== sizeBytes % 2 ** 32) {
      throw snapshotFailure('SnapshotGzipDamaged', "does not match its gzip's checksum");
    }
  } finally {
    archive.destroy();
  }
}

/** The archive's next chunk; undefined at its end. */
type Read = () => Promise<Buffer | undefined>;

const readerOf = (archive: Readable, onRead: (chunk: Buffer) => void): Read => {
  const chunks = (archive as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  return async () => {
    const next = await chunks.next();
    if (next.done === true) return undefined;
    onRead(next.value);
    return next.value;
  };
};

const readPastHeader = async (read: Read): Promise<Buffer> => {
  let header: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = await read();
    if (chunk === undefined) throw cutShort();
    header = Buffer.concat([header, chunk]);
    const length = headerLength(header);
    if (length !== undefined) return header.subarray(length);
  }
};

/** Reads to the archive's end. Returns what follows the compressed data: the trailer, or less if it was cut short. */
const readTrailer = async (read: Read, first: Buffer): Promise<Buffer> => {
  let trailer: Buffer = Buffer.alloc(0);
  for (let chunk: Buffer | undefined = first; chunk !== undefined; chunk = await read()) {
    trailer = Buffer.concat([trailer, chunk.subarray(0, TRAILER_BYTES + 1)]);
    if (trailer.length > TRAILER_BYTES) throw snapshotFailure('SnapshotTrailingData', 'is followed by something else');
  }
  return trailer;
};

interface Unpacking {
  /** The last unpacked bytes, to which a block may refer. */
  readonly window: Buffer;
  readonly seen: (chunk: Buffer) => Buffer;
}

/** Unpacks from the first compressed block on. Returns what follows the compressed data, as {@link readTrailer}. */
async function* inflateRest(read: Read, first: Buffer, { window, seen }: Unpacking): AsyncGenerator<Buffer, Buffer> {
  const inflate = createInflateRaw({ chunkSize: OUTPUT_BYTES, ...(window.length > 0 && { dictionary: window }) });
  let sourceFailure: { readonly error: unknown } | undefined;
  const fed = feed(read, first, inflate).catch((error: unknown) => {
    // The unzipper throws its own complaints.
    if (inflate.errored === null) sourceFailure = { error };
    inflate.destroy();
    return undefined;
  });
  try {
    try {
      for await (const chunk of inflate as AsyncIterable<Buffer>) yield seen(chunk);
    } catch (error) {
      throw sourceFailure === undefined ? inflateFailure(error) : sourceFailure.error;
    }
    const trailer = await fed;
    if (trailer === undefined) throw sourceFailure?.error;
    return trailer;
  } finally {
    inflate.destroy();
  }
}

const feed = async (read: Read, first: Buffer, inflate: InflateRaw): Promise<Buffer> => {
  let fedBytes = 0;
  for (let chunk: Buffer | undefined = first; chunk !== undefined; chunk = await read()) {
    if (chunk.length === 0) continue;
    await write(inflate, chunk);
    fedBytes += chunk.length;
    // It leaves what is not its own, even all of it.
    const leftBytes = fedBytes - inflate.bytesWritten;
    if (leftBytes > 0) return readTrailer(read, chunk.subarray(chunk.length - leftBytes));
  }
  // Complains if the compressed data is not complete.
  inflate.end();
  return Buffer.alloc(0);
};

/** Resolves once the chunk is unpacked and taken, which keeps memory flat. */
const write = (inflate: InflateRaw, chunk: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    inflate.write(chunk, (error) => (error ? reject(error) : resolve()));
  });

/** Undefined if there are too few bytes. */
const headerLength = (bytes: Buffer): number | undefined => {
  const [first = 0x1f, second = 0x8b, method = 8, flags = 0] = bytes;
  if (first !== 0x1f || second !== 0x8b) throw notASnapshot();
  if (method !== 8 || (flags & RESERVED) !== 0) throw headerDamaged();
  const end = endOfFields(bytes, flags);
  const length = end === undefined || end > bytes.length ? undefined : end;
  if ((length ?? bytes.length) > MOST_HEADER_BYTES) throw headerDamaged();
  if (length !== undefined && (flags & HEADER_CRC) !== 0) {
    if (bytes.readUInt16LE(length - 2) !== (crc32(bytes.subarray(0, length - 2)) & 0xffff)) throw headerDamaged();
  }
  return length;
};

const endOfFields = (bytes: Buffer, flags: number): number | undefined => {
  let at = 10;
  if ((flags & EXTRA) !== 0) {
    if (bytes.length < at + 2) return undefined;
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const field of [NAME, COMMENT]) {
    if ((flags & field) === 0) continue;
    const zero = at < bytes.length ? bytes.indexOf(0, at) : -1;
    if (zero < 0) return undefined;
    at = zero + 1;
  }
  return (flags & HEADER_CRC) === 0 ? at : at + 2;
};

const cutShort = () => snapshotFailure('SnapshotTruncated', 'is cut short');

const headerDamaged = () => snapshotFailure('SnapshotGzipDamaged', 'has a damaged gzip header');

const inflateFailure = (error: unknown): unknown => {
  const code = codeOf(error);
  if (code === 'Z_BUF_ERROR') return cutShort();
  // An error that is thrown into the loop from outside is no damage.
  return code.startsWith('Z_') ? snapshotFailure('SnapshotGzipDamaged', 'is damaged', { code }) : error;
};
