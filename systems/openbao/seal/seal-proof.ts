/**
 * Proves without any restore that a seal opens a snapshot: the seal encrypted the archive's checksums, so a seal that decrypts
 * them and finds the checksums as recomputed has the key, and the snapshot is the one that was sealed. It is what OpenBao
 * checks before it restores (`physical/raft/snapshot`), asked of Transit itself: OpenBao answers every failure alike.
 */
import { KnownFailure } from '../../../domain/known-failure.js';
import { sealFailure } from './seal-failures.js';
import { lookUpToken } from './seal-token.js';
import type { OpenBaoSession } from '../api/session.js';
import type { TransitKey } from './transit-key.js';

export interface SealProofRequest {
  /** A session with the seal's token, at the seal's address. */
  readonly session: Pick<OpenBaoSession, 'read' | 'write'>;
  readonly seal: TransitKey;
  /** The checksums as recomputed: `<hex>  meta.json` and `<hex>  state.bin`, in any order. */
  readonly sums: readonly string[];
  /** The checksums as sealed: `vault:v<version>:<base64>`. */
  readonly ciphertext: string;
  /** The shortest life that the token may have left. Default: any. */
  readonly leastTokenSeconds?: number;
  readonly signal?: AbortSignal;
}

/**
 * Returns if the seal opens the snapshot; the target is not touched.
 *
 * @throws KnownFailure `SealSumsDiffer`: opened, but these are not the checksums of this archive.
 * @throws KnownFailure `SealKeyMismatch`: another key sealed it, or the sealed checksums were altered.
 * @throws KnownFailure `SealKeyMissing`: no such mount or key, or a key of a type that encrypts nothing.
 * @throws KnownFailure `SealKeyVersionTooOld`: the version is below `min_decryption_version`, or trimmed.
 * @throws KnownFailure `SealKeyVersionUnknown`: the key has not come to this version.
 * @throws KnownFailure `SealCiphertextMalformed`: nothing that Transit made.
 * @throws KnownFailure `SealTokenRefused`: expired, revoked, or not allowed to use the key; the sentence says which.
 * @throws KnownFailure `SealTokenExpiring`: it has less to live than asked for.
 * @throws KnownFailure `TransitUnreachable` (a retry may help), `OpenBaoCertificateRefused`, `NotTheActiveNode`,
 * `OpenBaoRequestFailed`, or the signal's reason if aborted.
 */
export const proveSeal = async ({
  session,
  seal,
  sums,
  ciphertext,
  leastTokenSeconds,
  signal,
}: SealProofRequest): Promise<void> => {
  const sealed = linesOf((await openSealed({ session, key: seal, ciphertext, ...(signal && { signal }) })).toString());
  if (!sameLines(sealed, linesOf(sums.join('\n')))) {
    throw new KnownFailure(
      'SealSumsDiffer',
      'The sealed checksums are not those of this archive: it was altered after it was sealed. Use another snapshot.',
      { facts: { keyName: seal.keyName } },
    );
  }
  if (leastTokenSeconds !== undefined) await assertTokenLives(session, leastTokenSeconds, signal);
};

export interface OpenSealedRequest {
  readonly session: Pick<OpenBaoSession, 'read' | 'write'>;
  readonly key: TransitKey;
  /** `vault:v<version>:<base64>`. */
  readonly ciphertext: string;
  readonly signal?: AbortSignal;
}

/** Decrypts with one key. Fails as {@link proveSeal} does. */
export const openSealed = async ({ session, key, ciphertext, signal }: OpenSealedRequest): Promise<Buffer> => {
  const path = `${key.mountPath}/decrypt/${key.keyName}`;
  try {
    const plaintext = (await session.write(path, { ciphertext }, { signal }))?.['plaintext'];
    return Buffer.from(typeof plaintext === 'string' ? plaintext : '', 'base64');
  } catch (error) {
    throw await sealFailure(error, session, key, signal);
  }
};

const assertTokenLives = async (
  session: Pick<OpenBaoSession, 'read'>,
  leastSeconds: number,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const token = await lookUpToken(session, signal);
  // The token has just opened the seal, so one whose life is not readable is no finding.
  if (typeof token === 'string' || token.ttlSeconds === undefined || token.ttlSeconds >= leastSeconds) return;
  throw new KnownFailure(
    'SealTokenExpiring',
    'The seal token ends too soon for what it is needed for: renew it, or give the site a periodic one.',
    { facts: { ttlSeconds: token.ttlSeconds, neededSeconds: leastSeconds } },
  );
};

const linesOf = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== ''),
  );

const sameLines = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((line) => other.has(line));
