/**
 * A client that keeps its connection, as most do: the one kind that a change of routes does not reach. Everything goes over
 * the same TLS connection, and once that is gone nothing goes at all: a second one would prove nothing about the first.
 */
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { readAtMost } from '../../streams/read-at-most.js';
import { type OpenBaoEndpoint } from './endpoint.js';
import { answerFailure, certificateRefused, codeOf, connectionFailure, errorsIn } from './failures.js';
import { answerHead, limitTime, mostAnswerBytes } from './https-exchange.js';
import { parseJson } from './json-api.js';
import { oneConnection } from './one-connection.js';
import { clientTokenOf } from './session.js';

/**
 * The outcome of a write. `acknowledged`: OpenBao confirmed it. `answered`: any other answer, so the connection still leads
 * there. `cut`: the connection is gone; `code` is Node's code for the reason. `silent`: no answer in time, and the connection
 * is given up.
 */
export type HeldWrite =
  | { readonly outcome: 'acknowledged' }
  | { readonly outcome: 'answered'; readonly status: number }
  | { readonly outcome: 'cut'; readonly code: string }
  | { readonly outcome: 'silent' };

export interface HeldConnection {
  /**
   * Logs in at `auth/userpass`, for the writes that follow.
   *
   * @throws KnownFailure `OpenBaoUnreachable` or `OpenBaoUnavailable` (a retry may help, on another connection),
   * `OpenBaoCertificateRefused`, `PermissionDenied` or `OpenBaoRequestFailed`.
   */
  logIn(login: { readonly username: string; readonly password: string }): Promise<void>;
  /** Writes to a path of the API (without `/v1/`). Every end of it is an observation, not a failure. */
  write(path: string, data: object): Promise<HeldWrite>;
  close(): void;
}

export interface HeldConnectionOptions {
  /** Limit for each request, the first one's connection included. Default: 5000. */
  readonly timeoutMs?: number;
}

/**
 * The connection is made with the first request.
 *
 * @throws KnownFailure `OpenBaoCertificateRefused` if the endpoint names no CA.
 */
export const holdConnection = (
  endpoint: OpenBaoEndpoint,
  { timeoutMs = 5_000 }: HeldConnectionOptions = {},
): HeldConnection => {
  if (!endpoint.caPem.includes('-----BEGIN CERTIFICATE-----')) throw certificateRefused(endpoint, 'NO_CA');
  const agent = oneConnection(endpoint);
  let token: string | undefined;

  const post = async (path: string, json: object): Promise<{ status: number; body: unknown }> => {
    const body = Buffer.from(JSON.stringify(json));
    const request = https.request({
      ...urlToHttpOptions(new URL(`/v1/${path}`, endpoint.address)),
      method: 'POST',
      agent,
      servername: endpoint.serverName,
      ca: endpoint.caPem,
      rejectUnauthorized: true,
      headers: {
        host: endpoint.serverName,
        'content-type': 'application/json',
        'content-length': body.length,
        ...(token === undefined ? {} : { 'x-vault-token': token }),
      },
    });
    const liftLimit = limitTime(request, timeoutMs);
    try {
      const head = answerHead(request);
      request.end(body);
      const response = await head;
      // Read to its end, or the connection would not be free for the next request.
      return {
        status: response.statusCode ?? 0,
        body: parseJson((await readAtMost(response, mostAnswerBytes)).toString()),
      };
    } finally {
      liftLimit();
    }
  };

  return {
    async logIn({ username, password }) {
      const path = `auth/userpass/login/${encodeURIComponent(username)}`;
      const answer = await post(path, { password }).catch((error: unknown) => {
        throw connectionFailure(endpoint, error);
      });
      if (answer.status !== 200) {
        throw answerFailure(endpoint, { path, status: answer.status, errors: errorsIn(answer.body) });
      }
      token = clientTokenOf(endpoint, answer.body as Record<string, unknown> | undefined);
    },
    async write(path, data) {
      try {
        const { status } = await post(path, data);
        return status >= 200 && status <= 299 ? { outcome: 'acknowledged' } : { outcome: 'answered', status };
      } catch (error) {
        const code = codeOf(error);
        return code === 'ETIMEDOUT' ? { outcome: 'silent' } : { outcome: 'cut', code };
      }
    },
    close: () => agent.destroy(),
  };
};
