/** What each kind of credential is logged in with, and how a refusal of it is worded. */
import type { LoginTerms } from '../../../activities/ports/log-in.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import { type Credential, describeCredential } from '../../../domain/pair/credentials.js';
import type { OpenBaoEndpoint, OpenBaoSession } from '../../../systems/openbao/api/client.js';
import type { UnwelcomeAnswer } from '../../../systems/openbao/api/failures.js';
import { createJsonApi } from '../../../systems/openbao/api/json-api.js';
import { clientTokenOf } from '../../../systems/openbao/api/session.js';
import { quote } from '../../../systems/secrets/scrub.js';

export interface LoginTools extends LoginTerms {
  /** In the credential's namespace. */
  readonly endpoint: OpenBaoEndpoint;
}

/** @throws KnownFailure `LoginRefused`, with its own sentence for each cause that OpenBao names. */
export type LoginWay<Kind extends Credential> = (credential: Kind, tools: LoginTools) => Promise<OpenBaoSession>;

/** What OpenBao says of a credential that it does not accept. Anything else is another failure. */
export interface Refusal {
  readonly said: RegExp;
  readonly sentence: string;
}

export interface LoginRequest {
  readonly credential: Credential;
  /** Without `/v1/`. */
  readonly path: string;
  readonly body: object;
  readonly refusals: readonly Refusal[];
}

const timeoutMs = 10_000;

/** Only a clear word of refusal is one: a login that is locked or not mounted never passes for a wrong password. */
export const logInAt = async (
  { endpoint, connect }: Omit<LoginTools, 'references'>,
  { credential, path, body, refusals }: LoginRequest,
): Promise<OpenBaoSession> => {
  const refusal = ({ status, errors }: UnwelcomeAnswer): KnownFailure | undefined => {
    const said = errors.join('; ');
    const meant = [400, 403].includes(status) ? refusals.find((one) => one.said.test(said)) : undefined;
    return meant === undefined
      ? undefined
      : loginRefused(endpoint, credential, meant.sentence, { status, answer: quote(said) });
  };
  const api = createJsonApi(endpoint, { timeoutMs, refusal });
  return connect(endpoint).useToken(clientTokenOf(endpoint, await api.post(path, body)));
};

export const loginRefused = (
  { serverName }: OpenBaoEndpoint,
  credential: Credential,
  sentence: string,
  facts: Readonly<Record<string, string | number | undefined>> = {},
): KnownFailure =>
  new KnownFailure('LoginRefused', sentence, {
    facts: { serverName, login: describeCredential(credential), ...facts },
  });
