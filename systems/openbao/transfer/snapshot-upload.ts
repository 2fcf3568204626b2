/**
 * Submits a snapshot to be restored: one attempt on a connection of its own, on which the server has just said that it is the
 * active node; never sent again by itself. What matters
 * is to know, however it ends, whether OpenBao can have seen enough of the archive to apply it: see {@link createTail}.
 */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage } from 'node:http';
import { type Readable } from 'node:stream';
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import { type OpenBaoEndpoint } from '../api/endpoint.js';
import {
  answerFailure,
  certificateRefused,
  codeOf,
  errorsIn,
  restoreRefusal,
  type UnwelcomeAnswer,
} from '../api/failures.js';
import { isCertificateProblem } from '../../tls/certificate-problem.js';
import { assertActiveNode } from '../api/active-node.js';
import { answerHead, mostRefusalBytes, openRequest } from '../api/https-exchange.js';
import { parseJson } from '../api/json-api.js';
import { oneConnection } from '../api/one-connection.js';
import { snapshotPath } from './snapshot-path.js';
import { createTail } from './tail.js';

export interface SnapshotUploadOptions {
  readonly endpoint: OpenBaoEndpoint;
  readonly token: string;
  readonly body: Readable;
  /** The exact size of `body`. */
  readonly sizeBytes: number;
  /** Skips OpenBao's check that its seal opens the archive: an explicit break-glass. */
  readonly force: boolean;
  /** Limit for the connection, and for the server's answer that it is the active node. */
  readonly connectTimeoutMs: number;
  /** The longest silence allowed on the connection while there is something to send, the wait for the answer included. */
  readonly stallTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Streams a snapshot to OpenBao's restore endpoint. Returning means only that OpenBao has the archive and will apply it;
 * what becomes of it must be observed. The last 64 KiB are held back until the source ended in good order at the stated
 * size, so a source that fails is never submitted. Consumes or destroys `body`.
 *
 * @throws KnownFailure `SealMismatch`: sealed by another key, or the target cannot reach its seal; the target is unharmed.
 * @throws KnownFailure `SnapshotRefused`: OpenBao found the archive damaged; the target is unharmed.
 * @throws KnownFailure `SnapshotChanged`: the source is longer or shorter than stated; nothing was submitted.
 * @throws KnownFailure `NotTheActiveNode`: a standby answers on this connection; nothing was sent to it.
 * @throws KnownFailure `PermissionDenied`, `OpenBaoCertificateRefused`, `OpenBaoRequestFailed`.
 * @throws KnownFailure `RestoreNotSubmitted` or `OpenBaoUnavailable` (a retry may help): the archive was not taken.
 * @throws KnownFailure `RestoreOutcomeUnknown`: the tail was sent, all of it or a part, and no answer came. Observe before anything else.
 * @throws the source's own error, or the signal's reason if aborted before the tail was sent; nothing was submitted.
 */
export const uploadSnapshot = async (options: SnapshotUploadOptions): Promise<void> => {
  const { endpoint, token, body, sizeBytes, force, connectTimeoutMs, stallTimeoutMs, signal } = options;
  signal?.throwIfAborted();
  const path = force ? `${snapshotPath}-force` : snapshotPath;
  const headers = { 'content-type': 'application/gzip', 'content-length': sizeBytes };
  const agent = oneConnection(endpoint);
  try {
    await assertActiveNode({ endpoint, agent, timeoutMs: connectTimeoutMs, signal });
  } catch (error) {
    agent.destroy();
    body.destroy();
    throw isKnownFailure(error, 'OpenBaoUnreachable') ? notSubmitted(endpoint, { cause: error }) : error;
  }
  const request = openRequest(endpoint, { method: 'POST', path: `/v1/${path}`, token, headers, signal, agent });
  const progress: UploadProgress = { waitsForSource: true, tailReleased: false, over: new AbortController() };
  request.setTimeout(stallTimeoutMs).on('timeout', () => {
    // A source that stalls says so itself, and it is no fault of the server that nothing is sent to it.
    if (progress.waitsForSource) request.setTimeout(stallTimeoutMs);
    else request.destroy(Object.assign(new Error('stalled'), { code: 'ETIMEDOUT' }));
  });

  const answer = readAnswer(request, path, connectTimeoutMs);
  const feeding = feed(request, body, sizeBytes, progress);
  // The loser of the race below may still fail, without a listener.
  answer.catch(() => undefined);
  feeding.catch(() => undefined);
  try {
    await Promise.race([feeding, answer.catch(raiseConnectionError)]);
    const received = await answer.catch(raiseConnectionError);
    if (received.status < 200 || received.status > 299) throw refused(endpoint, received, progress.tailReleased);
  } catch (error) {
    throw error instanceof ConnectionError ? broken(endpoint, error.cause, progress, signal) : error;
  } finally {
    progress.over.abort();
    request.destroy();
    agent.destroy();
    body.destroy();
  }
};

interface UploadProgress {
  /** Nothing is there to be sent. */
  waitsForSource: boolean;
  /** Set before the tail is handed to the connection: from then on OpenBao may have all it needs. */
  tailReleased: boolean;
  /** Aborted when the upload is over, to end a feed that still waits. */
  readonly over: AbortController;
}

/** Sets a connection's error apart from the source's: one says nothing about the archive, the other everything. */
class ConnectionError extends Error {}

const raiseConnectionError = (cause: unknown): never => {
  throw new ConnectionError('connection failed', { cause });
};

const feed = async (
  request: ClientRequest,
  body: Readable,
  sizeBytes: number,
  progress: UploadProgress,
): Promise<void> => {
  const tail = createTail();
  let seenBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    progress.waitsForSource = false;
    seenBytes += chunk.length;
    if (seenBytes > sizeBytes) throw sizeChanged(sizeBytes, seenBytes);
    const released = tail.push(chunk);
    if (released.length > 0 && !request.write(released)) await once(request, 'drain', { signal: progress.over.signal });
    progress.waitsForSource = true;
  }
  progress.waitsForSource = false;
  if (seenBytes !== sizeBytes) throw sizeChanged(sizeBytes, seenBytes);
  if (progress.over.signal.aborted) return;
  progress.tailReleased = true;
  request.end(tail.rest());
};

const readAnswer = async (request: ClientRequest, path: string, bodyTimeoutMs: number): Promise<UnwelcomeAnswer> => {
  const response = await answerHead(request);
  const text = await availableText(response, bodyTimeoutMs);
  return { path, status: response.statusCode ?? 0, errors: errorsIn(parseShallow(text)) };
};

/** Undefined if it is nested so deep that it is no refusal of OpenBao: the head decides then, too. */
const parseShallow = (text: string): unknown => {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
};

/** The readable part of the answer, bounded: OpenBao may close at once after an early refusal, and the head decides then. */
const availableText = async (response: IncomingMessage, timeoutMs: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let seenBytes = 0;
  const timer = setTimeout(() => response.destroy(), timeoutMs);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      seenBytes += chunk.length;
      if (seenBytes > mostRefusalBytes) break;
    }
  } catch {
    // Cut short.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString();
};

const refused = (endpoint: OpenBaoEndpoint, answer: UnwelcomeAnswer, tailReleased: boolean): KnownFailure => {
  const said = answer.errors.join('\n');
  if (said.includes('could not verify hash file')) return restoreRefusal(endpoint, 'SealMismatch', answer);
  if (CUT_SHORT.test(said)) return uploadCutShort(endpoint, answer);
  if (DAMAGED.test(said)) return restoreRefusal(endpoint, 'SnapshotRefused', answer);
  // No word of OpenBao's own, so perhaps something between answered while OpenBao goes on.
  if (answer.status >= 500 && answer.errors.length === 0 && tailReleased)
    return outcomeUnknown(endpoint, { status: answer.status });
  return answerFailure(endpoint, answer);
};

/** OpenBao's words after its listener's read timeout: the archive may be sound. */
const CUT_SHORT = /failed to read snapshot[^]*i\/o timeout/;

/** OpenBao's words for an unreadable archive; it checks all of it before it applies anything. */
const DAMAGED = /unexpected EOF|hash check failed|gzip: invalid|failed to (decompress|read) snapshot|archive\/tar/;

const broken = (
  endpoint: OpenBaoEndpoint,
  error: unknown,
  { tailReleased }: UploadProgress,
  signal: AbortSignal | undefined,
): unknown => {
  if (tailReleased) return outcomeUnknown(endpoint, { code: codeOf(error) });
  if (signal?.aborted) return signal.reason;
  if (isCertificateProblem(error)) return certificateRefused(endpoint, codeOf(error));
  return notSubmitted(endpoint, { code: codeOf(error) });
};

const notSubmitted = (endpoint: OpenBaoEndpoint, { code, cause }: { code?: string; cause?: unknown }): KnownFailure =>
  new KnownFailure(
    'RestoreNotSubmitted',
    'The connection broke before the end of the snapshot was sent, so nothing was restored: check the target and this identity, then submit again.',
    { retryable: true, facts: { address: endpoint.address, serverName: endpoint.serverName, code }, cause },
  );

const uploadCutShort = (endpoint: OpenBaoEndpoint, { status }: UnwelcomeAnswer): KnownFailure =>
  new KnownFailure(
    'RestoreNotSubmitted',
    "OpenBao stopped reading before the end of the snapshot, so nothing was restored: raise http_read_timeout of the target's listener (30 s by default) above what the upload takes, then submit again.",
    { retryable: true, facts: { address: endpoint.address, serverName: endpoint.serverName, status } },
  );

const outcomeUnknown = (endpoint: OpenBaoEndpoint, facts: { code?: string; status?: number }): KnownFailure =>
  new KnownFailure(
    'RestoreOutcomeUnknown',
    'The end of the snapshot was sent but OpenBao did not answer, so it may be applied: observe the target before anything else.',
    { facts: { serverName: endpoint.serverName, ...facts } },
  );

const sizeChanged = (expectedBytes: number, seenBytes: number): KnownFailure =>
  new KnownFailure(
    'SnapshotChanged',
    'The snapshot does not have the size it was recorded with, so it was not submitted: find out what changed it.',
    { facts: { expectedBytes, seenBytes } },
  );
