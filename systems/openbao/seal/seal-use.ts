/**
 * Checks that a seal can still use its key, with a worthless text: OpenBao does the same when it unseals and when it rotates.
 */
import { randomBytes } from 'node:crypto';
import { KnownFailure } from '../../../domain/known-failure.js';
import { sealFailure } from './seal-failures.js';
import { openSealed, type OpenSealedRequest } from './seal-proof.js';

export type SealUse = Omit<OpenSealedRequest, 'ciphertext'>;

/**
 * Returns if the key encrypts for this token and opens it again. Writes nothing.
 *
 * @throws KnownFailure `SealTokenRefused`, `SealKeyMissing`, `TransitUnreachable` (a retry may help) and the others of
 * `proveSeal`; `SealKeyUnusable`: it does not give back what it encrypted.
 */
export const assertSealUsable = async (use: SealUse): Promise<void> => {
  const { key } = use;
  if ((await encryptAndOpen(use)).opens) return;
  throw new KnownFailure(
    'SealKeyUnusable',
    'Transit does not give back what it encrypted with this key: find out what answers as Transit.',
    { facts: { mountPath: key.mountPath, keyName: key.keyName } },
  );
};

/**
 * Encrypts a random text with the key, and opens it again.
 *
 * @returns the ciphertext, if Transit gave one, and whether it opens to the same text.
 * @throws KnownFailure as {@link assertSealUsable}, but for `SealKeyUnusable`.
 */
export const encryptAndOpen = async (
  use: SealUse,
): Promise<{ readonly ciphertext?: string; readonly opens: boolean }> => {
  const { session, key, signal } = use;
  const plaintext = randomBytes(32);
  const encrypted = await session
    .write(`${key.mountPath}/encrypt/${key.keyName}`, { plaintext: plaintext.toString('base64') }, { signal })
    .catch(async (error: unknown) => {
      throw await sealFailure(error, session, key, signal);
    });
  const ciphertext = encrypted?.['ciphertext'];
  if (typeof ciphertext !== 'string') return { opens: false };
  return { ciphertext, opens: (await openSealed({ ...use, ciphertext })).equals(plaintext) };
};
