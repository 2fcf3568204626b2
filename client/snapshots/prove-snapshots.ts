/** Proves snapshots one by one, as they lie in a bucket, against the seal of today. Nothing is restored and nothing written. */
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
  /** ISO 8601, as the key says; absent if it does not. */
  readonly takenAt?: string;
  readonly sizeBytes: number;
  /** Hex; absent if the archive could not be read to its end. */
  readonly sha256?: string;
  /** Version of the seal key that sealed it, like `v1`. */
  readonly keyVersion?: string;
  /** `unknown`: something else stood in the way, like a store that did not answer. */
  readonly verdict: 'usable' | 'unusable' | 'unknown';
  /** Why it is not usable, or not known to be. */
  readonly failure?: { readonly type: string; readonly message: string };
}

export interface ProveSnapshotsRequest {
  readonly store: Pick<ObjectStore, 'list' | 'download'>;
  /** Every object whose key begins with this, but for companions; only the one, if it is a whole key. */
  readonly prefix: string;
  /** With the token of the seal. */
  readonly session: OpenBaoSession;
  readonly seal: TransitKey;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ProvedSnapshots {
  readonly proofs: readonly SnapshotProof[];
  /** Keys of objects that were not looked at: what is kept beside a snapshot, and what stands for a folder. */
  readonly passedOver: readonly string[];
}

/** What programs that take snapshots keep beside them. */
const companion = /\.(json|sha256|sha256sum|sha512|md5|sig|asc)$|\/$/i;

/**
 * Every object counts: each program names its snapshots its own way. One after the other, so that memory stays flat; one that fails
 * does not stop the others.
 *
 * @throws KnownFailure as the store does, when it cannot be listed.
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
    // What breaks off because somebody asked for it says nothing of the snapshot.
    if (!isKnownFailure(error) || signal.aborted) throw error;
    const { type, message } = error;
    return { ...proof, verdict: condemns(error) ? 'unusable' : 'unknown', failure: { type, message } };
  }
};

/** What speaks against the snapshot itself, or against the key it needs; a token that is refused says nothing of either. */
const sealFindings = [
  'SealSumsDiffer',
  'SealKeyMissing',
  'SealKeyMismatch',
  'SealKeyVersionTooOld',
  'SealKeyVersionUnknown',
  'SealCiphertextMalformed',
];

const condemns = (failure: KnownFailure): boolean => isSnapshotFailure(failure) || sealFindings.includes(failure.type);
