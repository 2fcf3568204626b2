/** The session of one identity at one OpenBao. */
import { type Readable } from 'node:stream';
import { KnownFailure } from '../../../domain/known-failure.js';
import { type OpenBaoEndpoint } from './endpoint.js';
import { createJsonApi, type JsonAnswer, type JsonCallOptions } from './json-api.js';
import { downloadSnapshot, type SnapshotDownloadOptions } from '../transfer/snapshot-download.js';
import { uploadSnapshot } from '../transfer/snapshot-upload.js';

/** The `data` of an answer. */
export type OpenBaoData = Readonly<Record<string, unknown>>;

export interface OrphanToken {
  readonly policies: readonly string[];
  /** OpenBao's duration, like `24h`: the token lives on as long as it is renewed this often. */
  readonly period?: string;
  readonly displayName?: string;
}

export interface SnapshotRestore {
  /** Consumed or destroyed, however the call ends. */
  readonly body: Readable;
  readonly sizeBytes: number;
  readonly signal?: AbortSignal;
  /** Break-glass: skips OpenBao's check that its seal opens the snapshot. Default: false. */
  readonly force?: boolean;
}

/**
 * Calls on behalf of one token. Paths go without `/v1/`. Every method may throw KnownFailure `OpenBaoUnreachable` or
 * `OpenBaoUnavailable` (a retry may help), `OpenBaoCertificateRefused`, `PermissionDenied`, `NotTheActiveNode` or
 * `OpenBaoRequestFailed`, and the signal's reason if aborted.
 */
export interface OpenBaoSession {
  /** The `data` found there; undefined if there is nothing. */
  read(path: string, options?: JsonCallOptions): Promise<OpenBaoData | undefined>;
  /** The `data` answered, if any. */
  write(path: string, data: object, options?: JsonCallOptions): Promise<OpenBaoData | undefined>;
  remove(path: string, options?: JsonCallOptions): Promise<void>;
  /** The capabilities of this identity there: `read`, `update` …, or only `deny`. */
  capabilities(path: string, options?: JsonCallOptions): Promise<string[]>;
  /** Ends this session: its token is refused from now on. */
  revokeSelf(options?: JsonCallOptions): Promise<void>;
  /** Makes a token that outlives the one that made it, without the default policy. Returns it: keep it secret. */
  createOrphanToken(token: OrphanToken, options?: JsonCallOptions): Promise<string>;
  /** {@link downloadSnapshot} */
  downloadSnapshot(options?: Pick<SnapshotDownloadOptions, 'signal' | 'onNode'>): Promise<Readable>;
  /** {@link uploadSnapshot} */
  restoreSnapshot(restore: SnapshotRestore): Promise<void>;
}

export interface SessionOptions {
  readonly endpoint: OpenBaoEndpoint;
  readonly token: string;
  readonly timeoutMs: number;
  readonly stallTimeoutMs: number;
  /** Receives the number of a snapshot's bytes as they arrive. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export const createSession = ({
  endpoint,
  token,
  timeoutMs,
  stallTimeoutMs,
  onBytes,
}: SessionOptions): OpenBaoSession => {
  const api = createJsonApi(endpoint, { token, timeoutMs });
  const orNothing = createJsonApi(endpoint, {
    token,
    timeoutMs,
    refusal: ({ status, errors }) => (status === 404 && errors.length === 0 ? new NothingThere() : undefined),
  });
  const transfer = { endpoint, token, connectTimeoutMs: timeoutMs, stallTimeoutMs };

  return {
    read: async (path, options) => {
      try {
        return dataOf(await orNothing.get(path, options));
      } catch (error) {
        if (error instanceof NothingThere) return undefined;
        throw error;
      }
    },
    write: async (path, data, options) => dataOf(await api.post(path, data, options)),
    remove: (path, options) => api.delete(path, options),
    capabilities: async (path, options) => {
      const answer = await api.post('sys/capabilities-self', { paths: [path] }, options);
      return stringsIn(dataOf(answer)?.[path]);
    },
    revokeSelf: async (options) => {
      await api.post('auth/token/revoke-self', {}, options);
    },
    createOrphanToken: async ({ policies, period, displayName }, options) => {
      const wanted = { policies, period, display_name: displayName, no_default_policy: true };
      return clientTokenOf(endpoint, await api.post('auth/token/create-orphan', wanted, options));
    },
    downloadSnapshot: ({ signal, onNode } = {}) => downloadSnapshot({ ...transfer, signal, onNode, onBytes }),
    restoreSnapshot: ({ body, sizeBytes, signal, force = false }) =>
      uploadSnapshot({ ...transfer, body, sizeBytes, signal, force }),
  };
};

/** The token that a login or a token creation answers with. */
export const clientTokenOf = (endpoint: OpenBaoEndpoint, answer: JsonAnswer | undefined): string => {
  const token = (answer?.['auth'] as { client_token?: unknown } | null | undefined)?.client_token;
  if (typeof token === 'string' && token !== '') return token;
  throw new KnownFailure(
    'OpenBaoRequestFailed',
    'OpenBao answered without a token: check what answers at this address.',
    {
      facts: { serverName: endpoint.serverName },
    },
  );
};

/** Nothing is stored at a path. */
class NothingThere extends Error {}

const dataOf = (answer: JsonAnswer | undefined): OpenBaoData | undefined => {
  const data = answer?.['data'];
  return typeof data === 'object' && data !== null ? (data as OpenBaoData) : undefined;
};

const stringsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
