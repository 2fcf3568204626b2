/** One OpenBao: its public questions, and the way to a session. Holds no connection, so there is nothing to close. */
import { KnownFailure } from '../../../domain/known-failure.js';
import { quote } from '../../secrets/scrub.js';
import { type OpenBaoEndpoint } from './endpoint.js';
import { type UnwelcomeAnswer } from './failures.js';
import { exchange } from './https-exchange.js';
import { createJsonApi, type JsonCallOptions, jsonOf } from './json-api.js';
import { clientTokenOf, createSession, type OpenBaoSession } from './session.js';
import {
  type Initialization,
  initializationOf,
  type InitializationResult,
  initializedBy,
  type SealStatus,
  sealStatusIn,
  shareRefusal,
} from './unsealing.js';

export type { OpenBaoEndpoint } from './endpoint.js';
export type { Initialization, InitializationResult, SealStatus } from './unsealing.js';
export type { OpenBaoData, OpenBaoSession, SnapshotRestore } from './session.js';

/**
 * The answer of `sys/health`: OpenBao answers 200 active, 429 standby, 501 not initialised, 503 sealed, and 500 with no word
 * for a moment during a restore; the cluster is named only while unsealed.
 */
export interface Health {
  readonly status: number;
  readonly initialized?: boolean;
  readonly sealed?: boolean;
  readonly version?: string;
  readonly clusterId?: string;
  readonly clusterName?: string;
  /**
   * SHA-256 of the certificate the answering server showed, hex: distinguishes servers behind one name. Empty over a socket.
   */
  readonly certificateSha256: string;
}

export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  readonly signal?: AbortSignal;
}

export interface JwtLoginRequest {
  /** The mount of the JWT login, without `auth/`. */
  readonly mountPath: string;
  readonly role: string;
  readonly jwt: string;
  readonly signal?: AbortSignal;
}

/**
 * Every method may throw KnownFailure `OpenBaoUnreachable` (a retry may help) or `OpenBaoCertificateRefused`, and the
 * signal's reason if aborted.
 */
export interface OpenBao {
  /** Answers for any HTTP status: a sealed or restoring OpenBao is an observation, not a failure. */
  health(options?: JsonCallOptions): Promise<Health>;
  /** The answer of `sys/seal-status`, sealed or not. */
  sealStatus(options?: JsonCallOptions): Promise<SealStatus>;
  /** Initialises a server. Fails with `OpenBaoRequestFailed` if it is initialised already. */
  initialize(initialization: Initialization, options?: JsonCallOptions): Promise<InitializationResult>;
  /**
   * Gives a sealed server one share, and answers what its seal says then.
   *
   * @throws KnownFailure `SharesRefused`: it is no share, or the last of enough that do not belong to this store. OpenBao has then
   * forgotten those before it.
   */
  unseal(share: string, options?: JsonCallOptions): Promise<SealStatus>;
  /** Forgets the shares that a sealed server has been given so far. */
  forgetShares(options?: JsonCallOptions): Promise<SealStatus>;
  /**
   * Logs in at `auth/userpass`.
   *
   * @throws KnownFailure `LoginRefused`: wrong name or password, in OpenBao's own words. Every other obstacle is another
   *   failure, so that a locked or unmounted login never passes for a wrong password.
   * @throws KnownFailure `OpenBaoUnavailable` (a retry may help): sealed, standby or restoring.
   * @throws KnownFailure `PermissionDenied`: no such login, or locked after too many attempts.
   */
  login(request: LoginRequest): Promise<OpenBaoSession>;
  /**
   * Logs in with a token that another authority has signed.
   *
   * @throws KnownFailure `TokenRefused`: the signature, issuer, audience or subject is not the one that is trusted, in
   *   OpenBao's own words. A role that does not exist is another failure (`OpenBaoRequestFailed`).
   * @throws KnownFailure as {@link login} for the rest.
   */
  loginWithJwt(request: JwtLoginRequest): Promise<OpenBaoSession>;
  useToken(token: string): OpenBaoSession;
}

export interface OpenBaoOptions {
  /** Limit for a call of the JSON API, and for a snapshot's connection to be made. Default: 10000. */
  readonly timeoutMs?: number;
  /** The longest silence allowed while a snapshot is on its way. Default: 120000. */
  readonly stallTimeoutMs?: number;
  /** Receives the number of a snapshot's bytes as they arrive. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export const createOpenBao = (
  endpoint: OpenBaoEndpoint,
  { timeoutMs = 10_000, stallTimeoutMs = 120_000, onBytes }: OpenBaoOptions = {},
): OpenBao => {
  const api = createJsonApi(endpoint, { timeoutMs });
  const useToken = (token: string) => createSession({ endpoint, token, timeoutMs, stallTimeoutMs, onBytes });

  return {
    useToken,
    health: async ({ signal } = {}) => {
      const answer = await exchange(endpoint, { method: 'GET', path: '/v1/sys/health', timeoutMs, signal });
      return {
        ...healthFields(jsonOf(endpoint, answer)),
        status: answer.status,
        certificateSha256: answer.certificateSha256,
      };
    },
    sealStatus: async (options) => sealStatusIn(await api.get('sys/seal-status', options)),
    initialize: async (wanted, options) => initializedBy(await api.post('sys/init', initializationOf(wanted), options)),
    unseal: async (share, options) => {
      const refusal = (answer: UnwelcomeAnswer) => shareRefusal(endpoint, answer);
      const shareApi = createJsonApi(endpoint, { timeoutMs, refusal });
      return sealStatusIn(await shareApi.post('sys/unseal', { key: share }, options));
    },
    forgetShares: async (options) => sealStatusIn(await api.post('sys/unseal', { reset: true }, options)),
    login: async ({ username, password, signal }) => {
      const refusal = (answer: UnwelcomeAnswer) => loginRefusal(endpoint, username, answer);
      const loginApi = createJsonApi(endpoint, { timeoutMs, refusal });
      const path = `auth/userpass/login/${encodeURIComponent(username)}`;
      return useToken(clientTokenOf(endpoint, await loginApi.post(path, { password }, { signal })));
    },
    loginWithJwt: async ({ mountPath, role, jwt, signal }) => {
      const refusal = (answer: UnwelcomeAnswer) => tokenRefusal(endpoint, { role, jwt }, answer);
      const loginApi = createJsonApi(endpoint, { timeoutMs, refusal });
      return useToken(
        clientTokenOf(endpoint, await loginApi.post(`auth/${mountPath}/login`, { role, jwt }, { signal })),
      );
    },
  };
};

const loginRefusal = (
  endpoint: OpenBaoEndpoint,
  username: string,
  { status, errors }: UnwelcomeAnswer,
): KnownFailure | undefined =>
  [400, 403].includes(status) && errors.some((error) => error.includes('invalid username or password'))
    ? new KnownFailure(
        'LoginRefused',
        'OpenBao does not accept this user name with this password: check the password.',
        {
          facts: { serverName: endpoint.serverName, username, status },
        },
      )
    : undefined;

const tokenRefusal = (
  endpoint: OpenBaoEndpoint,
  { role, jwt }: { readonly role: string; readonly jwt: string },
  { status, errors }: UnwelcomeAnswer,
): KnownFailure | undefined => {
  const told = errors
    .map((error) => /(error validating (?:token|claims)):?(.*)/s.exec(error))
    .find((match) => match !== null);
  if (![400, 403].includes(status) || told === undefined) return undefined;
  // Apart from its beginning, in which "token:" would pass for the name of a secret.
  return new KnownFailure(
    'TokenRefused',
    "OpenBao does not accept this token for this role: check whose tokens the login trusts, and the role's subject.",
    {
      facts: {
        serverName: endpoint.serverName,
        role,
        status,
        answer: `${told[1]}: ${quote(told[2] ?? '', { secrets: [jwt] })}`,
      },
    },
  );
};

const healthFields = (body: unknown): Omit<Health, 'status' | 'certificateSha256'> => {
  if (typeof body !== 'object' || body === null) return {};
  const { initialized, sealed, version, cluster_id, cluster_name } = body as Record<string, unknown>;
  return {
    ...(typeof initialized === 'boolean' && { initialized }),
    ...(typeof sealed === 'boolean' && { sealed }),
    ...(isText(version) && { version }),
    ...(isText(cluster_id) && { clusterId: cluster_id }),
    ...(isText(cluster_name) && { clusterName: cluster_name }),
  };
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
