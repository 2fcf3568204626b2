/**
 * Reads a tar as it streams past: the few forms in which Go's `archive/tar` and other common programs write small names of
 * plain files (ustar, GNU, and PAX for what is longer than 8 GiB), and nothing else. Refuses what readers could disagree on.
 */
import { snapshotFailure } from './failures.js';

export interface TarMember {
  readonly name: string;
  readonly sizeBytes: number;
}

/** The receiver of a member's content. */
export interface MemberSink {
  write(chunk: Buffer): void;
  end(): void;
}

export interface TarReader {
  /** Takes the next bytes, of any length; nothing of them is kept but an unfinished header. */
  write(chunk: Buffer): void;
  /** @throws KnownFailure `SnapshotTruncated` if the tar's end mark did not come. */
  end(): void;
}

const BLOCK = 512;
/** Two blocks of zeros. */
const END_MARK_BYTES = 2 * BLOCK;
const MOST_PAX_BYTES = 64 * 1024;
const zeros = Buffer.alloc(64 * 1024);

/**
 * @param open takes up each member, or throws if it should not be there.
 * @throws KnownFailure `SnapshotTarDamaged`, `SnapshotMemberUnknown`, `SnapshotTrailingData`.
 */
export const createTarReader = (open: (member: TarMember) => MemberSink): TarReader => {
  let header: Buffer = zeros.subarray(0, 0);
  let sink: MemberSink | undefined;
  let contentLeft = 0;
  let paddingLeft = 0;
  let overrides: PaxRecords | undefined;
  let endMarkBytes = 0;

  const begin = (block: Buffer): void => {
    const { type, ...stated } = readHeader(block);
    const member = { name: overrides?.path ?? stated.name, sizeBytes: overrides?.size ?? stated.sizeBytes };
    if (type === 'x') {
      if (overrides !== undefined) throw damaged('has one extended header behind another');
      if (stated.sizeBytes > MOST_PAX_BYTES) throw damaged('has an extended header of an unlikely size');
      sink = paxSink((records) => (overrides = records));
      contentLeft = stated.sizeBytes;
    } else {
      if (type !== '0' && type !== '\0') throw snapshotFailure('SnapshotMemberUnknown', 'holds something but files');
      overrides = undefined;
      sink = open(member);
      contentLeft = member.sizeBytes;
    }
    paddingLeft = (BLOCK - (contentLeft % BLOCK)) % BLOCK;
    if (contentLeft === 0) finish();
  };

  const finish = (): void => {
    sink?.end();
    sink = undefined;
  };

  /** Takes what it can of the bytes from `at` on, and returns where it stopped. */
  const step = (chunk: Buffer, at: number): number => {
    if (contentLeft > 0) {
      const end = Math.min(chunk.length, at + contentLeft);
      contentLeft -= end - at;
      sink?.write(chunk.subarray(at, end));
      if (contentLeft === 0) finish();
      return end;
    }
    if (paddingLeft > 0) {
      const end = Math.min(chunk.length, at + paddingLeft);
      paddingLeft -= end - at;
      return end;
    }
    if (endMarkBytes > 0) {
      const rest = chunk.subarray(at, at + zeros.length);
      if (!isZero(rest)) throw snapshotFailure('SnapshotTrailingData', "holds something behind its tar's end");
      endMarkBytes += rest.length;
      return at + rest.length;
    }
    const end = Math.min(chunk.length, at + BLOCK - header.length);
    const block = header.length === 0 ? chunk.subarray(at, end) : Buffer.concat([header, chunk.subarray(at, end)]);
    header = block.length < BLOCK ? block : zeros.subarray(0, 0);
    if (block.length === BLOCK && isZero(block)) {
      if (overrides !== undefined) throw damaged('ends behind an extended header');
      endMarkBytes = BLOCK;
    } else if (block.length === BLOCK) begin(block);
    return end;
  };

  return {
    write(chunk) {
      let at = 0;
      while (at < chunk.length) at = step(chunk, at);
    },
    end() {
      if (endMarkBytes < END_MARK_BYTES) throw snapshotFailure('SnapshotTruncated', "ends before its tar's end");
    },
  };
};

const isZero = (bytes: Buffer): boolean => bytes.equals(zeros.subarray(0, bytes.length));

/** Offsets as in POSIX's `pax` specification. */
const readHeader = (block: Buffer): TarMember & { readonly type: string } => {
  if (octal(block, 148, 8) !== checksum(block)) throw damaged('has a header with a wrong checksum');
  const magic = block.toString('latin1', 257, 263);
  if (magic !== 'ustar\0' && magic !== 'ustar ') throw damaged('has a header of an unknown form');
  // GNU's form has other fields where ustar has the first part of a long name.
  const prefix = magic === 'ustar\0' ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    sizeBytes: size(block),
    type: block.toString('latin1', 156, 157),
  };
};

/** The sum of all bytes, its own field taken for spaces. */
const checksum = (block: Buffer): number => {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at += 1) sum += at >= 148 && at < 156 ? 0 : (block[at] ?? 0);
  return sum;
};

const text = (block: Buffer, at: number, length: number): string => {
  const field = block.toString('latin1', at, at + length);
  const zero = field.indexOf('\0');
  return zero < 0 ? field : field.slice(0, zero);
};

const octal = (block: Buffer, at: number, length: number): number => {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(block.toString('latin1', at, at + length))?.[1];
  if (digits === undefined) throw damaged('has a header that cannot be read');
  return Number.parseInt(digits, 8);
};

/** Octal, or big-endian behind a set first bit, as GNU writes what is longer than 8 GiB. */
const size = (block: Buffer): number => {
  if (block[124] !== 0x80) return octal(block, 124, 12);
  const value = block.readBigUInt64BE(128);
  if (block.readUInt32BE(124) !== 0x80000000 || value > Number.MAX_SAFE_INTEGER) throw unlikely();
  return Number(value);
};

interface PaxRecords {
  readonly path?: string;
  readonly size?: number;
}

const paxSink = (found: (records: PaxRecords) => void): MemberSink => {
  const chunks: Buffer[] = [];
  return {
    write: (chunk) => void chunks.push(chunk),
    end: () => found(readPax(Buffer.concat(chunks))),
  };
};

/** Records of `<length> <key>=<value>\n`, the length counting all of it. */
const readPax = (bytes: Buffer): PaxRecords => {
  const records: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const length = /^([1-9]\d{0,4}) /.exec(bytes.toString('latin1', at, at + 6))?.[1];
    const end = at + Number(length);
    if (length === undefined || end > bytes.length || end < at + length.length + 3) throw paxDamaged();
    const record = bytes.toString('latin1', at + length.length + 1, end);
    const equals = record.indexOf('=');
    if (equals < 1 || !record.endsWith('\n')) throw paxDamaged();
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1, -1)];
    if (key === 'path') records.path = value;
    if (key === 'size') records.size = decimal(value);
    at = end;
  }
  return records;
};

const decimal = (digits: string): number => {
  const value = Number(digits);
  if (!/^\d{1,16}$/.test(digits) || !Number.isSafeInteger(value)) throw unlikely();
  return value;
};

const damaged = (what: string) => snapshotFailure('SnapshotTarDamaged', what);
const paxDamaged = () => damaged('has an extended header that cannot be read');
const unlikely = () => damaged('holds a member of an unlikely size');
