/**
 * The negative control of a seal proof: another key must not open what the seal's key opens. A refusal counts only if it is
 * about the key itself. One for want of permission, or of the key, would look the same and prove nothing.
 */
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import { openSealed, type OpenSealedRequest } from './seal-proof.js';
import { encryptAndOpen } from './seal-use.js';

const versionPrefix = /^vault:v\d+:/;

/**
 * Returns if the control key works, and does not open the sealed text: Transit's authentication of the message fails.
 *
 * @param request with the control key, and a token that may encrypt and decrypt with it.
 * @throws KnownFailure `SealOpenedByOtherKey`: the proof with the right key is worth nothing.
 * @throws KnownFailure `SealControlBroken`: the control key did not give back what it encrypted, or refused the sealed text
 * for another reason than its key.
 * @throws KnownFailure `TransitUnreachable` (a retry may help), or as `proveSeal` for the control's own key and token.
 */
export const proveOtherKeyRefused = async (request: OpenSealedRequest): Promise<void> => {
  const prefix = await probe(request);
  try {
    // The label is not part of what is authenticated. With the seal key's version, a control key that was never rotated
    // would be refused for its age.
    await openSealed({ ...request, ciphertext: request.ciphertext.replace(versionPrefix, prefix) });
  } catch (error) {
    if (isKnownFailure(error, 'SealKeyMismatch')) return;
    if (!isKnownFailure(error) || error.retryable) throw error;
    throw broken(`it refused the sealed text for another reason than its key (${error.type})`, request);
  }
  throw new KnownFailure(
    'SealOpenedByOtherKey',
    'Another Transit key opens what the seal key sealed: the two are the same key. Find out what answers as Transit.',
    { facts: { keyName: request.key.keyName } },
  );
};

/** Encrypts and decrypts with the control key. Returns the label Transit gave: `vault:v<version>:`. */
const probe = async (request: OpenSealedRequest): Promise<string> => {
  const { ciphertext = '', opens } = await encryptAndOpen(request);
  const prefix = versionPrefix.exec(ciphertext)?.[0];
  if (prefix === undefined) throw broken('it encrypts nothing', request);
  if (!opens) throw broken('it does not give back what it encrypted', request);
  return prefix;
};

const broken = (what: string, { key }: OpenSealedRequest): KnownFailure =>
  new KnownFailure('SealControlBroken', `The control key proves nothing, as ${what}: check the key and its token.`, {
    facts: { keyName: key.keyName },
  });
