/**
 * OpenBao's JSON API through node-vault. Its default transport would follow redirects with the token, honour proxy
 * variables and skip verification if the environment says so, and its debug output prints bodies: here node-vault builds
 * the calls, {@link exchange} carries them, and the environment and the debug output stay out.
 */
import createNodeVault, { type client as NodeVaultClient } from 'node-vault';
import { deepestJson, isDeeperThan } from '../../../domain/json/json-depth.js';
import { isKnownFailure } from '../../../domain/known-failure.js';
import { type OpenBaoEndpoint, socketPathOf } from './endpoint.js';
import { answerFailure, connectionFailure, errorsIn, type UnwelcomeAnswer } from './failures.js';
import { type Answer, exchange } from './https-exchange.js';

/** An answer of OpenBao's JSON API: `data`, `auth` or fields of its own at the top. */
export type JsonAnswer = Readonly<Record<string, unknown>>;

export interface JsonCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Receives the answering server's certificate before the call ends, whatever the answer. */
  readonly onAnswer?: ((server: Pick<Answer, 'certificateSha256'>) => void) | undefined;
}

export interface JsonApi {
  get(path: string, options?: JsonCallOptions): Promise<JsonAnswer | undefined>;
  post(path: string, data: object, options?: JsonCallOptions): Promise<JsonAnswer | undefined>;
  delete(path: string, options?: JsonCallOptions): Promise<void>;
}

export interface JsonApiOptions {
  readonly token?: string;
  readonly timeoutMs: number;
  /** Chooses a particular failure for an answer; other answers get {@link answerFailure}. */
  readonly refusal?: (answer: UnwelcomeAnswer) => Error | undefined;
}

interface TransportOptions extends JsonCallOptions {
  readonly method: string;
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

const createTransport =
  (endpoint: OpenBaoEndpoint, timeoutMs: number) =>
  async ({ method, uri, headers, json, signal, onAnswer }: TransportOptions) => {
    const { pathname, search } = new URL(uri);
    const path = pathname + search;
    const answer = await exchange(endpoint, { method, path, token: headers['X-Vault-Token'], json, signal, timeoutMs });
    onAnswer?.({ certificateSha256: answer.certificateSha256 });
    return { statusCode: answer.status, body: jsonOf(endpoint, answer), request: { path: pathname } };
  };

const createClient = (endpoint: OpenBaoEndpoint, token: string | undefined, timeoutMs: number): NodeVaultClient => {
  const client = createNodeVault({
    // It only joins paths to this: the request itself goes to the endpoint, which may be a socket.
    endpoint: socketPathOf(endpoint) === undefined ? endpoint.address : 'http://localhost',
    debug: () => undefined,
    'request-promise': { defaults: () => createTransport(endpoint, timeoutMs) },
  });
  // node-vault fills what is missing from VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX.
  return Object.assign(client, { token: token ?? '', namespace: '', pathPrefix: '' });
};

/** Calls OpenBao's JSON API; paths go without `/v1/`. Every failure is a KnownFailure. */
export const createJsonApi = (endpoint: OpenBaoEndpoint, { token, timeoutMs, refusal }: JsonApiOptions): JsonApi => {
  const client = createClient(endpoint, token, timeoutMs);

  const call = async (path: string, send: () => Promise<unknown>): Promise<JsonAnswer | undefined> => {
    try {
      const body = await send();
      return typeof body === 'object' && body !== null ? (body as JsonAnswer) : undefined;
    } catch (error) {
      const answer = unwelcomeAnswer(path, error);
      // Neither node-vault's error nor its body travels on: the body may hold more than its error text.
      throw answer === undefined ? error : (refusal?.(answer) ?? answerFailure(endpoint, answer));
    }
  };

  return {
    get: (path, options) => call(path, () => client.read(path, { ...options })),
    post: (path, data, options) => call(path, () => client.write(path, data, { ...options })),
    delete: async (path, options) => {
      await call(path, () => client.delete(path, { ...options }));
    },
  };
};

const unwelcomeAnswer = (path: string, error: unknown): UnwelcomeAnswer | undefined => {
  if (isKnownFailure(error)) return undefined;
  const response = (error as { response?: { statusCode?: unknown; body?: unknown } } | undefined)?.response;
  if (typeof response?.statusCode !== 'number') return undefined;
  return { path, status: response.statusCode, errors: errorsIn(response.body) };
};

/**
 * Like {@link parseJson}, for a whole answer.
 *
 * @throws KnownFailure `OpenBaoAnswerRefused`.
 */
export const jsonOf = (endpoint: OpenBaoEndpoint, { body }: Pick<Answer, 'body'>): unknown => {
  try {
    return parseJson(body);
  } catch (error) {
    throw connectionFailure(endpoint, error);
  }
};

/** Code that walks through a deeper answer would run out of stack. */
class TooDeep extends Error {
  readonly code = 'TOO_DEEP';
}

/**
 * The body as JSON; undefined if it is empty or something else, as during a restore or from an edge.
 *
 * @throws an error with the code `TOO_DEEP`, as a connection's: {@link connectionFailure} names it.
 */
export const parseJson = (body: string): unknown => {
  if (isDeeperThan(body, deepestJson)) throw new TooDeep();
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
};
