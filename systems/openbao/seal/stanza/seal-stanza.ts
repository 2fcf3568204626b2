/** A seal as a cluster's own configuration has it: OpenBao takes every value of it as text. */
import { KnownFailure } from '../../../../domain/known-failure.js';

export const sealTypes = [
  'transit',
  'static',
  'shamir',
  'awskms',
  'gcpckms',
  'azurekeyvault',
  'ocikms',
  'pkcs11',
  'kmip',
] as const;

export type SealType = (typeof sealTypes)[number];

export interface SealStanza {
  readonly type: SealType;
  /** By name. Some are secret ({@link secretAttributes}): never to be printed, and never to go through Temporal. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A cluster without a seal stanza. */
export const shamirStanza: SealStanza = { type: 'shamir', attributes: {} };

/** Attributes whose value is a secret, and no file's path. */
export const secretAttributes: Readonly<Record<SealType, readonly string[]>> = {
  transit: ['token'],
  static: ['current_key', 'previous_key'],
  shamir: [],
  awskms: ['access_key', 'secret_key', 'session_token'],
  gcpckms: [],
  azurekeyvault: ['client_secret'],
  ocikms: [],
  pkcs11: ['pin'],
  kmip: [],
};

/** Whether OpenBao finds the value elsewhere, and the text itself is no secret. */
export const isReference = (value: string): boolean => /^(?:env|file):\/\//.test(value);

/** The names of secrets that stand in the stanza itself. */
export const secretsInClear = ({ type, attributes }: SealStanza): readonly string[] =>
  secretAttributes[type].filter((name) => attributes[name] !== undefined && !isReference(attributes[name]));

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
