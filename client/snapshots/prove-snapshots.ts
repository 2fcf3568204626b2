/** Proves snapshots in a bucket one by one against today's seal. Nothing is restored and nothing written. */
import { isKnownFailure, type KnownFailure } from '../../domain/known-failure.js';
import { snapshotTime } from '../../domain/snapshot/time.js';
import type { ObjectStore, StoredObject } from '../../systems/object-store/client.js';
import type { OpenBaoSession } from '../../systems/openbao/api/client.js';
import { proveSeal } from '../../systems/openbao/seal/seal-proof.js';
import { isSnapshotFailure } from '../../systems/openbao/snapshot/failures.js';
import { readSnapshot } from '../../systems/openbao/snapshot/read-snapshot.js';
import type { TransitKey } from '../../systems/openbao/seal/transit-key.js';

export interface SnapshotProof {
  readonly key: string;
  /** ISO 8601, from the key; absent if the key has no time. */
  readonly takenAt?: string;
  readonly sizeBytes: number;
  /** Hex; absent if the archive could not be read to its end. */
  readonly sha256?: string;
  /** Version of the seal key that sealed it, like `v1`. */
  readonly keyVersion?: string;
  /** `unknown`: another failure prevented the proof, like a store that did not answer. */
  readonly verdict: 'usable' | 'unusable' | 'unknown';
  /** The reason why it is not usable, or not judged. */
  readonly failure?: { readonly type: string; readonly message: string };
}

export interface ProveSnapshotsRequest {
  readonly store: Pick<ObjectStore, 'list' | 'download'>;
  /** Every object whose key begins with this, but for companions; a whole key names only one. */
  readonly prefix: string;
  /** Connects with the seal's token. */
  readonly session: OpenBaoSession;
  readonly seal: TransitKey;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ProvedSnapshots {
  readonly proofs: readonly SnapshotProof[];
  /** Keys of objects that were not read: files beside a snapshot, and folder markers. */
  readonly passedOver: readonly string[];
}

/** Matches the files that programs keep beside snapshots. */
const companion = /\.(json|sha256|sha256sum|sha512|md5|sig|asc)$|\/$/i;

/**
 * Every object counts, because each program names its snapshots its own way. Proves them one after another, so that memory
 * stays flat; a failed one does not stop the others.
 *
 * @throws KnownFailure of the store, if it cannot be listed.
 */
export const proveSnapshots = async (request: ProveSnapshotsRequest): Promise<ProvedSnapshots> => {
  const listed = await request.store.list(request.prefix);
  const exact = listed.filter(({ key }) => key === request.prefix);
  const chosen = exact.length > 0 ? exact : listed;
  const found = exact.length > 0 ? exact : chosen.filter(({ key }) => !companion.test(key));
  const passedOver = chosen.filter((object) => !found.includes(object)).map(({ key }) => key);
  const proofs: SnapshotProof[] = [];
  for (const object of found) {
    request.signal.throwIfAborted();
    request.onProgress?.(proofs.length, found.length);
    proofs.push(await proveOne(request, object));
  }
  return { proofs, passedOver };
};

const proveOne = async (
  { store, session, seal, signal }: ProveSnapshotsRequest,
  { key, sizeBytes }: StoredObject,
): Promise<SnapshotProof> => {
  const takenAt = snapshotTime(key);
  let proof: Omit<SnapshotProof, 'verdict'> = { key, sizeBytes, ...(takenAt !== undefined && { takenAt }) };
  try {
    const { body } = await store.download({ key, signal });
    const { sha256, sums, sealed } = await readSnapshot(body);
    const { ciphertext, keyVersion } = sealed;
    proof = { ...proof, sha256, ...(keyVersion !== undefined && { keyVersion }) };
    await proveSeal({ session, seal, sums, ciphertext, signal });
    return { ...proof, verdict: 'usable' };
  } catch (error) {
    // An interruption shows nothing about the snapshot.
    if (!isKnownFailure(error) || signal.aborted) throw error;
    const { type, message } = error;
    return { ...proof, verdict: condemns(error) ? 'unusable' : 'unknown', failure: { type, message } };
  }
};

/** Failures that count against the snapshot or its key; a refused token counts against neither. */
const sealFindings = [
  'SealSumsDiffer',
  'SealKeyMissing',
  'SealKeyMismatch',
  'SealKeyVersionTooOld',
  'SealKeyVersionUnknown',
  'SealCiphertextMalformed',
];

const condemns = (failure: KnownFailure): boolean => isSnapshotFailure(failure) || sealFindings.includes(failure.type);
