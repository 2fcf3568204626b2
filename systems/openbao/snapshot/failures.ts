/** The ways in which an archive can be no snapshot, each with a type of its own. */
import { type Facts, isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';

export const snapshotFailureTypes = [
  /** It does not begin as one: another file altogether. */
  'NotASnapshot',
  /** It ends early. */
  'SnapshotTruncated',
  /** A gzip whose header is damaged, or whose own checksum is not that of its content. */
  'SnapshotGzipDamaged',
  /** No tar, or one that claims what cannot be. */
  'SnapshotTarDamaged',
  'SnapshotMemberMissing',
  /** A member that no snapshot has, or one that is there twice. */
  'SnapshotMemberUnknown',
  /** `SHA256SUMS` differs from the recomputed sums. */
  'SnapshotSumsDiffer',
  /** `SHA256SUMS.sealed` holds nothing that a seal made. */
  'SnapshotNotSealed',
  /** The sums are right, but `state.bin` is no sequence of entries. */
  'SnapshotEntryDamaged',
  /** The sums are right, but `meta.json` lacks a required member. */
  'SnapshotMetaDamaged',
  /** Something follows the archive. */
  'SnapshotTrailingData',
] as const;

export type SnapshotFailureType = (typeof snapshotFailureTypes)[number];

/** Whether the archive itself is at fault, and not its transport. */
export const isSnapshotFailure = (error: unknown): error is KnownFailure & { readonly type: SnapshotFailureType } =>
  isKnownFailure(error) && (snapshotFailureTypes as readonly string[]).includes(error.type);

/** @param what completes "The snapshot's archive …". */
export const snapshotFailure = (type: SnapshotFailureType, what: string, facts: Facts = {}): KnownFailure =>
  new KnownFailure(type, `The snapshot's archive ${what}: take a new one.`, { facts });

/** The bytes are not even a damaged snapshot. */
export const notASnapshot = (): KnownFailure =>
  new KnownFailure(
    'NotASnapshot',
    'This is not an OpenBao snapshot, for it is no gzip: name an archive that `bao operator raft snapshot save` wrote.',
  );
