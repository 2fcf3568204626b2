/** Explains Transit's refusals for a seal. Several have the same status and differ only in OpenBao's error texts. */
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import { lookUpToken, tokenRefused, transitUnreachable } from './seal-token.js';
import type { OpenBaoSession } from '../api/session.js';
import type { TransitKey } from './transit-key.js';

interface Meaning {
  /** Part of OpenBao's error text, as read off 2.7. */
  readonly text: string;
  readonly type: string;
  readonly sentence: string;
}

const keyMissing = {
  type: 'SealKeyMissing',
  sentence:
    'Transit has no key of this name that could open the seal: restore the key from a backup of Transit. ' +
    'Without it the snapshot is lost; a new key of the same name does not help.',
};

const malformed = {
  type: 'SealCiphertextMalformed',
  sentence:
    "The snapshot's sealed checksums are not what Transit makes: was it taken from an OpenBao sealed otherwise?",
};

/** The first that fits counts. */
const meanings: readonly Meaning[] = [
  {
    text: 'message authentication failed',
    type: 'SealKeyMismatch',
    sentence:
      'This Transit key did not seal the snapshot, or its sealed checksums were altered: ' +
      'check that the site is configured with the key that the source is sealed with.',
  },
  {
    text: '(too old)',
    type: 'SealKeyVersionTooOld',
    sentence:
      'Transit no longer offers the key version that sealed the snapshot: lower min_decryption_version of the key; ' +
      'a version that was trimmed has to come from a backup of Transit.',
  },
  {
    text: 'version is too new',
    type: 'SealKeyVersionUnknown',
    sentence:
      "Transit's key of this name never had the version that sealed the snapshot: the key was made anew, " +
      'or Transit was restored from an older backup. Restore the key as it was.',
  },
  { text: 'encryption key not found', ...keyMissing },
  { text: 'no handler for route', ...keyMissing },
  { text: 'decryption not supported for key type', ...keyMissing },
  { text: 'invalid ciphertext', ...malformed },
  { text: 'missing ciphertext', ...malformed },
];

/** Asks for further facts about a refusal, and names it. Other failures stay as they are. */
export const sealFailure = async (
  error: unknown,
  session: Pick<OpenBaoSession, 'read'>,
  seal: TransitKey,
  signal?: AbortSignal,
): Promise<unknown> => {
  if (!isKnownFailure(error)) return error;
  const { mountPath, keyName } = seal;
  const named = (type: string, sentence: string) =>
    new KnownFailure(type, sentence, { facts: { mountPath, keyName }, cause: error });
  switch (error.type) {
    case 'OpenBaoUnreachable':
    case 'OpenBaoUnavailable':
      return transitUnreachable(error);
    case 'PermissionDenied':
      if ((await lookUpToken(session, signal)) === 'refused') return tokenRefused(seal, error);
      return named(
        'SealTokenRefused',
        `The seal token may not use this key, or Transit is mounted elsewhere than at ${mountPath} (a namespace stands before the mount, as in team/transit): ` +
          `correct the mount, or let the token's policy have update on ${mountPath}/encrypt/${keyName} and ${mountPath}/decrypt/${keyName}.`,
      );
    case 'OpenBaoRequestFailed': {
      const meaning = meanings.find(({ text }) => error.message.includes(text));
      return meaning === undefined ? error : named(meaning.type, meaning.sentence);
    }
    default:
      return error;
  }
};
