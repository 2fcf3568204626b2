/** A seal as a cluster's own configuration has it: OpenBao takes every value of it as text. */
import { KnownFailure } from '../../../../domain/known-failure.js';
import { type SealType, sealSecrets } from '../../../../domain/pair/seal-types.js';

export { type SealType, sealTypes } from '../../../../domain/pair/seal-types.js';

export interface SealStanza {
  readonly type: SealType;
  /** By name. Some are secret ({@link sealSecrets}): never to be printed, and never to go through Temporal. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A cluster without a seal stanza. */
export const shamirStanza: SealStanza = { type: 'shamir', attributes: {} };

/** Whether OpenBao finds the value elsewhere, and the text itself is no secret. */
export const isReference = (value: string): boolean => /^(?:env|file):\/\//.test(value);

/** The names of secrets that stand in the stanza itself. */
export const secretsInClear = ({ type, attributes }: SealStanza): readonly string[] =>
  sealSecrets[type].filter((name) => attributes[name] !== undefined && !isReference(attributes[name]));

/**
 * For stanzas that are to be part of a plan, which is kept and shown.
 *
 * @throws KnownFailure `SecretInPlan` if the stanza holds a secret; none is in the sentence.
 */
export const assertNoSecrets = (stanza: SealStanza): void => {
  const names = secretsInClear(stanza);
  if (names.length === 0) return;
  throw new KnownFailure(
    'SecretInPlan',
    `A plan is kept and shown, and its seal holds a secret (${names.join(', ')}): name a reference in its place, as file:///etc/openbao/seal-token.`,
  );
};
