/** The seals that OpenBao has, by the type of their stanza. */
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

/** Attributes whose value is a secret, and no file's path. */
export const sealSecrets: Readonly<Record<SealType, readonly string[]>> = {
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
