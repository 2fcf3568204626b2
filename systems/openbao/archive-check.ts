/**
 * Reads a snapshot archive as it streams past, and lets it end only if it is whole. OpenBao answers 200 before it knows
 * whether saving succeeds, so a snapshot is only worth keeping once its own checksums were recomputed.
 *
 * Format: gzip of a tar with `meta.json` (hashicorp/raft's SnapshotMeta), `state.bin`, `SHA256SUMS` (a line for each of
 * the two, in any order) and `SHA256SUMS.sealed` (the same, encrypted by the seal), as in OpenBao's
 * `physical/raft/snapshot/archive.go`.
 */
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { type Facts, isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { codeOf } from './failures.js';
import { parseJson } from './json-api.js';

export interface ArchiveMember {
  readonly name: string;
  readonly sizeBytes: number;
}

export interface ArchiveSummary {
  /** Raft index the snapshot was taken at. */
  readonly index: number;
  readonly term: number;
  /** SHA-256 of `state.bin`, hex. */
  readonly stateSha256: string;
  /** In the order of the archive. */
  readonly members: readonly ArchiveMember[];
}

export interface ArchiveInspector {
  /** Passes the archive on, byte for byte, and fails with KnownFailure `SnapshotMalformed` instead of ending. */
  readonly stream: Transform;
  /** Resolves once the archive was found whole; rejects as {@link stream} fails. Safe to leave unheard. */
  readonly result: Promise<ArchiveSummary>;
}

const META = 'meta.json';
const STATE = 'state.bin';
const SUMS = 'SHA256SUMS';
const SEALED = 'SHA256SUMS.sealed';
const MEMBERS: readonly string[] = [META, STATE, SUMS, SEALED];

/** All members but the state are read into memory; none of them comes near this. */
const SMALL_MEMBER_BYTES = 1024 * 1024;

/**
 * Makes an inspector for one archive; memory stays flat whatever the size. It checks what OpenBao checks before it
 * restores (gzip and tar whole, members known and complete, both checksums right), and also that nothing follows the
 * archive. Whether the seal opens it is for the seal to say.
 */
export const createArchiveInspector = (): ArchiveInspector => {
  const gunzip = createGunzip();
  const tar = extract();
  let abandoned: Error | undefined;
  const result = inspect(gunzip, tar).catch((error: unknown) => {
    throw abandoned ?? asMalformed(error);
  });

  let fedBytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      fedBytes += chunk.length;
      // Calling back only once the chunk was unpacked keeps memory flat. A failed write ends the stream through `result`.
      gunzip.write(chunk, (error) => (error ? undefined : done(null, chunk)));
    },
    flush(done) {
      gunzip.end();
      result.then(
        // The unzipper stops at the end of its data and ignores zeros behind it.
        () => done(gunzip.bytesWritten === fedBytes ? null : malformed('is followed by something else')),
        (error: Error) => done(error),
      );
    },
    destroy(error, done) {
      abandoned = error ?? new Error('The archive was not read to its end');
      gunzip.destroy();
      done(error);
    },
  });
  result.catch((error: Error) => stream.destroy(error));
  return { stream, result };
};

const inspect = async (gunzip: Gunzip, tar: Extract): Promise<ArchiveSummary> => {
  // A member that is refused tears the pipeline down, and a broken pipeline the reading: what was found comes first.
  const [read, unpacked] = await Promise.allSettled([readMembers(tar), pipeline(gunzip, tar)]);
  if (read.status === 'rejected' && isKnownFailure(read.reason)) throw read.reason;
  if (unpacked.status === 'rejected') throw unpacked.reason;
  if (read.status === 'rejected') throw read.reason;
  return summarize(read.value);
};

interface Member extends ArchiveMember {
  readonly sha256: string;
  /** Undefined for the state, which may be of any size. */
  readonly content: Buffer | undefined;
}

const readMembers = async (tar: Extract): Promise<Member[]> => {
  const members: Member[] = [];
  for await (const entry of tar) {
    const { name, type, size = 0 } = entry.header;
    const facts = { member: name.slice(0, 100), sizeBytes: size };
    if (type !== 'file' || !MEMBERS.includes(name)) throw malformed('holds an unknown member', facts);
    if (members.some((member) => member.name === name)) throw malformed('holds a member twice', facts);
    if (name !== STATE && size > SMALL_MEMBER_BYTES) throw malformed('holds a member of an unlikely size', facts);
    members.push(await readMember(name, entry as AsyncIterable<Buffer>));
  }
  return members;
};

const readMember = async (name: string, entry: AsyncIterable<Buffer>): Promise<Member> => {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of entry) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    if (name !== STATE) chunks.push(chunk);
  }
  const content = name === STATE ? undefined : Buffer.concat(chunks);
  return { name, sizeBytes, sha256: hash.digest('hex'), content };
};

const summarize = (members: readonly Member[]): ArchiveSummary => {
  const [meta, state, sums, sealed] = MEMBERS.map((name) => {
    const found = members.find((member) => member.name === name);
    if (found === undefined) throw malformed('is not complete', { missing: name });
    return found;
  }) as [Member, Member, Member, Member];

  // Go writes the lines in no particular order.
  const stated = new Set(textOf(sums).split('\n').filter(Boolean));
  const wrong = [meta, state].filter(({ name, sha256 }) => !stated.delete(`${sha256}  ${name}`));
  if (wrong[0] !== undefined) throw malformed('does not match its checksums', { member: wrong[0].name });
  if (stated.size > 0) throw malformed('lists checksums of unknown members');
  if (sealed.sizeBytes === 0) throw malformed('has no sealed checksums');

  return {
    ...raftPosition(textOf(meta)),
    stateSha256: state.sha256,
    members: members.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
  };
};

const raftPosition = (meta: string): { index: number; term: number } => {
  const { Index: index, Term: term } = (parseJson(meta) ?? {}) as { Index?: unknown; Term?: unknown };
  if (!isCount(index) || !isCount(term)) throw malformed('does not say at which Raft index it was taken');
  return { index, term };
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const textOf = ({ content }: Member): string => content?.toString() ?? '';

const malformed = (what: string, facts: Facts = {}): KnownFailure =>
  new KnownFailure('SnapshotMalformed', `The snapshot's archive ${what}: take a new one.`, { facts });

const asMalformed = (error: unknown): KnownFailure =>
  isKnownFailure(error) ? error : malformed('is damaged or cut short', { code: codeOf(error) });
