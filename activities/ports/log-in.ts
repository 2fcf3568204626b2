import type { Credential } from '../../domain/pair/credentials.js';
import type { OpenBao, OpenBaoEndpoint, OpenBaoSession } from '../../systems/openbao/api/client.js';
import type { References } from './references.js';

export interface LoginTerms {
  readonly references: References;
  readonly connect: (endpoint: OpenBaoEndpoint) => OpenBao;
}

/**
 * Logs in with a credential of any kind. The session works in the credential's namespace.
 *
 * @throws KnownFailure `LoginRefused`: OpenBao says plainly that it does not accept the credential.
 * @throws KnownFailure as its references do, and as {@link OpenBao} does for the rest.
 */
export type LogIn = (endpoint: OpenBaoEndpoint, credential: Credential, terms: LoginTerms) => Promise<OpenBaoSession>;
