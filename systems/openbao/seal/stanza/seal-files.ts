/** The files that a seal's stanza names: OpenBao reads them by their path, wherever it runs. */
import { isAbsolute } from 'node:path';
import { invalidStanza } from './invalid.js';
import type { SealStanza, SealType } from './seal-stanza.js';

/** Attributes whose value is a path, where one is given. */
const pathAttributes: Readonly<Record<SealType, readonly string[]>> = {
  transit: ['tls_ca_cert', 'tls_client_cert', 'tls_client_key'],
  static: [],
  shamir: [],
  awskms: ['shared_creds_filename', 'web_identity_token_file'],
  gcpckms: ['credentials'],
  azurekeyvault: [],
  ocikms: [],
  pkcs11: ['lib'],
  kmip: ['ca_cert', 'client_cert', 'client_key'],
};

/**
 * Absolute paths, each once.
 *
 * @throws KnownFailure `SealStanzaInvalid`: a path is relative, to a folder that only the cluster's server knows.
 */
export const filesOf = ({ type, attributes }: SealStanza): readonly string[] => {
  const named = pathAttributes[type].flatMap((name) => attributes[name] ?? []);
  const referred = Object.values(attributes).flatMap((value) =>
    value.startsWith('file://') ? value.slice('file://'.length) : [],
  );
  const files = [...new Set([...named.map((path) => path.replace(/^file:\/\//, '')), ...referred])].filter(
    (path) => path !== '',
  );
  const relative = files.find((path) => !isAbsolute(path));
  if (relative !== undefined) {
    throw invalidStanza(
      `The ${type} seal names the file ${relative} without its folder: write the whole path, beginning with a slash.`,
    );
  }
  return files;
};
