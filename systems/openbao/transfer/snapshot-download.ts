/** Streams a Raft snapshot out of OpenBao. */
import { type IncomingMessage } from 'node:http';
import { type Readable } from 'node:stream';
import { KnownFailure } from '../../../domain/known-failure.js';
import { describeMs } from '../../../domain/units.js';
import { guardedBody } from '../../streams/guarded-body.js';
import { readAtMost } from '../../streams/read-at-most.js';
import { type OpenBaoEndpoint } from '../api/endpoint.js';
import { answerFailure, codeOf, connectionFailure, errorsIn } from '../api/failures.js';
import { askNode, type NodeKind } from '../api/active-node.js';
import { answerHead, limitTime, mostRefusalBytes, openRequest } from '../api/https-exchange.js';
import { parseJson } from '../api/json-api.js';
import { oneConnection } from '../api/one-connection.js';
import { snapshotPath } from './snapshot-path.js';

export interface SnapshotDownloadOptions {
  readonly endpoint: OpenBaoEndpoint;
  readonly token: string;
  /** Limit for the connection to be made. */
  readonly connectTimeoutMs: number;
  /** The longest wait for the first byte, for OpenBao collects its state before it sends anything, and for any byte after it. */
  readonly stallTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Receives the kind of node that sends the snapshot: a standby sends its own state, which may be older than the leader's. */
  readonly onNode?: ((kind: NodeKind | undefined) => void) | undefined;
  /** Receives the number of the archive's bytes as they arrive. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Asks for a snapshot of the whole store and resolves once OpenBao begins to send it. OpenBao cannot take back its 200 if
 * saving fails half-way: it then sends a shorter archive, which only the archive inspector notices.
 *
 * @returns the archive's bytes. The stream errors with KnownFailure `SnapshotInterrupted` when its connection breaks, and
 *   `SnapshotStalled` when no byte comes for too long (a retry may help).
 * @throws KnownFailure `OpenBaoUnreachable`, `OpenBaoUnavailable` (a retry may help), `OpenBaoCertificateRefused`,
 *   `PermissionDenied`, `NotTheActiveNode`; the signal's reason if aborted.
 */
export const downloadSnapshot = async ({
  endpoint,
  token,
  connectTimeoutMs,
  stallTimeoutMs,
  signal,
  onNode,
  onBytes,
}: SnapshotDownloadOptions): Promise<Readable> => {
  signal?.throwIfAborted();
  // A standby sends a snapshot as the leader does, and only its health tells them apart: asked on the same connection.
  const agent = oneConnection(endpoint);
  try {
    onNode?.((await askNode({ endpoint, agent, timeoutMs: connectTimeoutMs, signal })).kind);
  } catch (error) {
    agent.destroy();
    throw error;
  }
  const request = openRequest(endpoint, { method: 'GET', path: `/v1/${snapshotPath}`, token, signal, agent });
  request.setTimeout(stallTimeoutMs, () => {
    request.destroy(Object.assign(new Error('stalled'), { code: 'ETIMEDOUT' }));
  });
  try {
    const head = answerHead(request);
    request.end();
    const response = await head;
    if (response.statusCode === 200) {
      // From here on a slow reader leaves the connection silent, which is no fault of OpenBao's.
      request.setTimeout(0);
      const body = guarded(response, { endpoint, stallTimeoutMs, signal, onBytes });
      body.once('close', () => agent.destroy());
      return body;
    }
    // A refusal is short: one that comes in drops is no sign of life.
    const liftLimit = limitTime(request, connectTimeoutMs);
    const refusal = (await readAtMost(response, mostRefusalBytes).finally(liftLimit)).toString();
    const errors = errorsIn(parseJson(refusal));
    throw answerFailure(endpoint, { path: snapshotPath, status: response.statusCode ?? 0, errors });
  } catch (error) {
    request.destroy();
    agent.destroy();
    if (signal?.aborted) throw signal.reason;
    throw error instanceof KnownFailure ? error : connectionFailure(endpoint, error);
  }
};

type GuardedOptions = Pick<SnapshotDownloadOptions, 'endpoint' | 'stallTimeoutMs' | 'signal' | 'onBytes'>;

/** The response's bytes, with a failure that says what happened in place of a bare socket error. */
const guarded = (
  response: IncomingMessage,
  { endpoint, stallTimeoutMs, signal, onBytes }: GuardedOptions,
): Readable => {
  const { serverName } = endpoint;
  const stalled = () =>
    new KnownFailure(
      'SnapshotStalled',
      `OpenBao sent no byte of the snapshot for ${describeMs(stallTimeoutMs)}: see whether it and its edge hang.`,
      { retryable: true, facts: { serverName } },
    );
  const interrupted = (error: unknown) =>
    new KnownFailure('SnapshotInterrupted', 'The connection broke while OpenBao sent the snapshot: take it again.', {
      retryable: true,
      facts: { serverName, code: codeOf(error) },
    });
  const translate = (error: unknown): unknown => {
    if (signal?.aborted) return signal.reason;
    return error instanceof KnownFailure ? error : interrupted(error);
  };
  return guardedBody(response, { stallTimeoutMs, stalled, translate, onBytes });
};
