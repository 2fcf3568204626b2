/**
 * The members of a snapshot's archive: `meta.json` (hashicorp/raft's SnapshotMeta), `state.bin`, `SHA256SUMS` (a line for each
 * of the two, in any order) and `SHA256SUMS.sealed` (the same, encrypted by the seal), as in OpenBao's
 * `physical/raft/snapshot/archive.go`.
 */
import { createHash } from 'node:crypto';
import type { SnapshotPeer } from '../../../domain/snapshot/inspection.js';
import { parseJson } from '../api/json-api.js';
import { createEntryReader, type EntryReader, type SnapshotEntry } from './entries.js';
import { snapshotFailure } from './failures.js';
import { ProtobufError, readFields } from './protobuf.js';
import { createTarReader, type MemberSink, type TarMember } from './tar.js';

export interface SnapshotContent {
  /** Raft index and term the snapshot was taken at. */
  readonly index: number;
  readonly term: number;
  readonly peers: readonly SnapshotPeer[];
  /** SHA-256 of `state.bin`, hex. */
  readonly stateSha256: string;
  readonly stateBytes: number;
  /** The recomputed sums as `SHA256SUMS` has them, `<hex>  meta.json` and then `<hex>  state.bin`. */
  readonly sums: readonly string[];
  readonly sealed: SealedSums;
  /** The members, in the order of the archive. */
  readonly members: readonly TarMember[];
}

/** The checksums, as the seal encrypted them. */
export interface SealedSums {
  /** Each byte a character: text with the transit seal, `vault:v<version>:<base64>`. */
  readonly ciphertext: string;
  /** The seal's name for the version of its key, like `v1`. */
  readonly keyVersion?: string;
}

export interface MembersReader {
  /** Takes the next bytes of the tar, and returns the entries that they completed. */
  write(chunk: Buffer): readonly SnapshotEntry[];
  /** The archive's contents, once all of it was found right. */
  end(): SnapshotContent;
}

const META = 'meta.json';
const STATE = 'state.bin';
const SUMS = 'SHA256SUMS';
const SEALED = 'SHA256SUMS.sealed';
const names: readonly string[] = [META, STATE, SUMS, SEALED];

/** All members but the state are read into memory; none of them comes near this. */
const SMALL_MEMBER_BYTES = 1024 * 1024;

interface ReadMember extends TarMember {
  readonly sha256: string;
  /** Empty for the state, which may be of any size. */
  readonly content: Buffer;
}

export interface MembersOptions {
  /** Whether the state is parsed, or only hashed. */
  readonly entries: boolean;
  /** Whether the entries' values are hashed. */
  readonly digests: boolean;
}

/** Both methods throw a KnownFailure for which `isSnapshotFailure` holds. */
export const createMembersReader = ({ entries, digests }: MembersOptions): MembersReader => {
  const members = new Map<string, ReadMember>();
  let found: SnapshotEntry[] = [];
  const state = createPatientReader(createEntryReader((entry) => void found.push(entry), digests));

  const tar = createTarReader((member) => {
    const { name, sizeBytes } = member;
    const facts = { member: legible(name), sizeBytes };
    if (!names.includes(name)) throw snapshotFailure('SnapshotMemberUnknown', 'holds an unknown member', facts);
    if (members.has(name)) throw snapshotFailure('SnapshotMemberUnknown', 'holds a member twice', facts);
    if (name !== STATE && sizeBytes > SMALL_MEMBER_BYTES) {
      throw snapshotFailure('SnapshotTarDamaged', 'holds a member of an unlikely size', facts);
    }
    return sinkOf(member, name === STATE && entries ? state : undefined, (read) => members.set(name, read));
  });

  return {
    write(chunk) {
      tar.write(chunk);
      const batch = found;
      if (batch.length > 0) found = [];
      return batch;
    },
    end() {
      tar.end();
      const [meta, stateBin, sums, sealed] = names.map((name) => {
        const member = members.get(name);
        if (member !== undefined) return member;
        throw snapshotFailure('SnapshotMemberMissing', 'is not complete', { missing: name });
      }) as [ReadMember, ReadMember, ReadMember, ReadMember];
      const recomputed = [meta, stateBin].map(({ name, sha256 }) => `${sha256}  ${name}`);
      compareSums(recomputed, sums.content.toString());
      state.assertWhole();
      return {
        ...readMeta(meta.content.toString()),
        stateSha256: stateBin.sha256,
        stateBytes: stateBin.sizeBytes,
        sums: recomputed,
        sealed: readSealed(sealed.content),
        members: [...members.values()].map(({ name, sizeBytes }) => ({ name, sizeBytes })),
      };
    },
  };
};

const sinkOf = (member: TarMember, reader: MemberSink | undefined, done: (member: ReadMember) => void): MemberSink => {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  return {
    write(chunk) {
      hash.update(chunk);
      reader?.write(chunk);
      if (member.name !== STATE) chunks.push(chunk);
    },
    end() {
      reader?.end();
      done({ ...member, sha256: hash.digest('hex'), content: Buffer.concat(chunks) });
    },
  };
};

/**
 * Keeps what is wrong with an entry until the archive was found to be as it was written: if it was not, that is the reason.
 */
const createPatientReader = (reader: EntryReader): EntryReader & { assertWhole(): void } => {
  let failure: { readonly error: unknown } | undefined;
  const unlessFailed = (run: () => void): void => {
    if (failure !== undefined) return;
    try {
      run();
    } catch (error) {
      failure = { error };
    }
  };
  return {
    write: (chunk) => unlessFailed(() => reader.write(chunk)),
    end: () => unlessFailed(() => reader.end()),
    assertWhole() {
      if (failure !== undefined) throw failure.error;
    },
  };
};

const compareSums = (recomputed: readonly string[], text: string): void => {
  // Go writes the lines in no particular order.
  const stated = new Set(text.split('\n').filter(Boolean));
  const wrong = recomputed.find((line) => !stated.delete(line));
  if (wrong !== undefined) {
    const member = wrong.slice(wrong.lastIndexOf(' ') + 1);
    throw snapshotFailure('SnapshotSumsDiffer', 'does not match its checksums', { member });
  }
  if (stated.size > 0) throw snapshotFailure('SnapshotSumsDiffer', 'lists checksums of unknown members');
};

const readMeta = (text: string): Pick<SnapshotContent, 'index' | 'term' | 'peers'> => {
  const { Index: index, Term: term, Configuration: configuration } = fieldsOf(parseJson(text));
  if (!isCount(index) || !isCount(term)) throw metaDamaged('does not say at which Raft index it was taken');
  const servers = fieldsOf(configuration)['Servers'] ?? [];
  if (!Array.isArray(servers)) throw metaDamaged('does not say which peers there were');
  return { index, term, peers: servers.map(peerOf) };
};

/** In the order of raft's `ServerSuffrage`. */
const suffrages = ['voter', 'nonvoter', 'staging'] as const;

const peerOf = (server: unknown): SnapshotPeer => {
  const { ID: id, Address: address, Suffrage: suffrage } = fieldsOf(server);
  if (typeof id !== 'string' || typeof address !== 'string') throw metaDamaged('does not say who its peers were');
  return { id, address, suffrage: (isCount(suffrage) ? suffrages[suffrage] : undefined) ?? 'unknown' };
};

/** Protobuf `BlobInfo` of go-kms-wrapping: {1: ciphertext, 5: key_info {3: key_id}}. */
const readSealed = (content: Buffer): SealedSums => {
  if (content.length === 0) throw snapshotFailure('SnapshotNotSealed', 'has no sealed checksums');
  try {
    const blob = readFields(content);
    const ciphertext = (blob.get(1) ?? Buffer.alloc(0)).toString('latin1');
    if (ciphertext === '') throw new ProtobufError('holds no ciphertext');
    const keyId = readFields(blob.get(5) ?? Buffer.alloc(0)).get(3);
    const keyVersion = keyId?.toString() || /^vault:(v\d+):/.exec(ciphertext)?.[1];
    return { ciphertext, ...(keyVersion !== undefined && { keyVersion }) };
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw snapshotFailure('SnapshotNotSealed', 'has sealed checksums that no seal made');
  }
};

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const metaDamaged = (what: string) => snapshotFailure('SnapshotMetaDamaged', what);

/** A name from the archive, fit to be shown. */
const legible = (name: string): string => name.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '?');
