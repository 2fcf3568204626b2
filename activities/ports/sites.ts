import type { Credential } from '../../domain/pair/credentials.js';
import type { TlsEndpoint } from '../../domain/pair/topology.js';
import type { OpenBao, OpenBaoSession } from '../../systems/openbao/api/client.js';

/** Opens the endpoints of a topology: resolves its references, so that no step handles a CA or a password itself. */
export interface Sites {
  at(endpoint: TlsEndpoint): Promise<OpenBao>;
  /** Logs in, runs the step, and revokes the token however the step ended; a token that was given is left alone. */
  withLogin<T>(
    endpoint: TlsEndpoint,
    credential: Credential,
    step: (session: OpenBaoSession) => Promise<T>,
  ): Promise<T>;
  /** Logs in for a step after which the token no longer exists, such as a restore. */
  logIn(endpoint: TlsEndpoint, credential: Credential): Promise<OpenBaoSession>;
}
