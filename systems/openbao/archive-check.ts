/**
 * Reads a snapshot archive as it streams past, and lets it end only if it is whole. OpenBao answers 200 before it knows
 * whether saving succeeds, so a snapshot is only worth keeping once its own checksums were recomputed.
 *
 * Format: gzip of a tar with `meta.json` (hashicorp/raft's SnapshotMeta), `state.bin`, `SHA256SUMS` (a line for each of
 * the two, in any order) and `SHA256SUMS.sealed` (the same, encrypted by the seal), as in OpenBao's
 * `physical/raft/snapshot/archive.go`.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';

const members = ['meta.json', 'state.bin', 'SHA256SUMS', 'SHA256SUMS.sealed'] as const;
type Member = (typeof members)[number];

/** Members other than the state are small; more than this is not a snapshot. */
const smallMemberBytes = 1024 * 1024;

export interface ArchiveFacts {
  /** Raft index and term of the snapshot. */
  readonly index: number;
  readonly term: number;
  /** Hex. */
  readonly stateSha256: string;
  readonly stateSizeBytes: number;
}

export interface ArchiveInspector {
  /**
   * Forwards every byte unchanged. Fails with KnownFailure `SnapshotMalformed` before its end if the archive is cut,
   * damaged, or not a snapshot.
   */
  readonly stream: Transform;
  /** What the archive said of itself; only after the stream has ended. */
  facts(): ArchiveFacts;
}

export const createArchiveInspector = (): ArchiveInspector => {
  const gunzip = createGunzip();
  let facts: ArchiveFacts | undefined;
  let failure: unknown;
  const read = readArchive(gunzip).then(
    (found) => {
      facts = found;
    },
    (error: unknown) => {
      failure = isKnownFailure(error) ? error : malformed('it is not a gzip of a tar, or was cut', error);
      gunzip.destroy();
    },
  );

  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (failure !== undefined) return done(failure as Error);
      if (gunzip.write(chunk)) return done(null, chunk);
      // Whichever comes first: room for more, or the end of reading.
      void Promise.race([once(gunzip, 'drain').catch(() => undefined), read]).then(() => done(null, chunk));
    },
    flush(done) {
      gunzip.end();
      void read.then(() => done(failure === undefined ? null : (failure as Error)));
    },
    destroy(error, done) {
      gunzip.destroy();
      void read.then(() => done(error));
    },
  });
  return {
    stream,
    facts() {
      if (facts === undefined) throw new Error('the archive has not been read to its end');
      return facts;
    },
  };
};

const readArchive = async (gunzip: ReturnType<typeof createGunzip>): Promise<ArchiveFacts> => {
  const found = new Map<Member, { sha256: string; sizeBytes: number; text: string }>();
  const archive = extract();
  const unpacked = pipeline(gunzip, archive);
  try {
    for await (const entry of archive) {
      const { name } = entry.header;
      const member = members.find((known) => known === name);
      if (member === undefined || found.has(member)) {
        throw malformed(member === undefined ? 'it has a member that no snapshot has' : 'it has a member twice');
      }
      found.set(member, await readMember(entry as unknown as AsyncIterable<Buffer>, member));
    }
    await unpacked;
  } catch (error) {
    unpacked.catch(() => undefined);
    throw error;
  }
  return check(found);
};

const readMember = async (entry: AsyncIterable<Buffer>, member: Member) => {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of entry) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    if (member === 'state.bin') continue;
    if (sizeBytes > smallMemberBytes) throw malformed(`its ${member} is too large`);
    kept.push(chunk);
  }
  return { sha256: hash.digest('hex'), sizeBytes, text: Buffer.concat(kept).toString('utf8') };
};

const check = (found: ReadonlyMap<Member, { sha256: string; sizeBytes: number; text: string }>): ArchiveFacts => {
  for (const member of members) if (!found.has(member)) throw malformed(`its ${member} is missing`);
  const [meta, state, sums, sealed] = members.map((member) => found.get(member)!);
  // Lines in any order: the writer goes through a map.
  const expected = [`${meta!.sha256}  meta.json`, `${state!.sha256}  state.bin`].sort();
  const recorded = sums!.text.split('\n').filter((line) => line !== '').sort();
  if (recorded.join('\n') !== expected.join('\n')) throw malformed('its checksums do not fit its content');
  if (sealed!.sizeBytes === 0) throw malformed('its sealed checksums are empty');
  const { Index, Term } = parseMeta(meta!.text);
  if (!Number.isSafeInteger(Index) || !Number.isSafeInteger(Term)) throw malformed('its meta.json has no index and term');
  return { index: Index as number, term: Term as number, stateSha256: state!.sha256, stateSizeBytes: state!.sizeBytes };
};

const parseMeta = (text: string): { Index?: unknown; Term?: unknown } => {
  try {
    const meta: unknown = JSON.parse(text);
    return typeof meta === 'object' && meta !== null ? meta : {};
  } catch {
    throw malformed('its meta.json is not JSON');
  }
};

const malformed = (why: string, cause?: unknown): KnownFailure =>
  new KnownFailure('SnapshotMalformed', `The snapshot's archive is not whole: ${why}. Take another one`, {
    retryable: true,
    cause,
  });
