/**
 * One request to OpenBao on a connection of its own, over TLS or over a socket of this machine. No keep-alive and no TLS session reuse: after a cutover the
 * next request must meet the server that now stands behind the name, not the one an old connection still leads to. No
 * redirects and no proxies: a token goes to the endpoint it is meant for, and nowhere else.
 */
import { createHash } from 'node:crypto';
import http, { type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { TLSSocket } from 'node:tls';
import { urlToHttpOptions } from 'node:url';
import { type OpenBaoEndpoint, socketPathOf } from './endpoint.js';
import { readAtMost } from '../../streams/read-at-most.js';
import { certificateRefused, connectionFailure } from './failures.js';

export interface HttpsRequest {
  readonly method: string;
  /** Path on the server, `/v1/…`, with its query. */
  readonly path: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal | undefined;
  /** The agent whose connection to use. Default: a new one for this request alone. */
  readonly agent?: Agent | undefined;
}

export interface Exchange extends HttpsRequest {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Limit for the whole exchange, connection included. */
  readonly timeoutMs: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** SHA-256 of the certificate the answering server showed on this very connection, hex; empty over a socket. */
  readonly certificateSha256: string;
}

/**
 * Opens a request; the caller sends the body and reads the answer.
 *
 * @throws KnownFailure `OpenBaoCertificateRefused` if the endpoint names no CA: without one, Node would trust the public ones.
 */
export const openRequest = (
  endpoint: OpenBaoEndpoint,
  { method, path, token, headers, signal, agent }: HttpsRequest,
): ClientRequest => {
  const socketPath = socketPathOf(endpoint);
  if (socketPath !== undefined) {
    return http.request({
      socketPath,
      path,
      method,
      agent: agent ?? false,
      headers: headersOf('localhost', endpoint, headers, token),
      ...(signal === undefined ? {} : { signal }),
    });
  }
  if (!endpoint.caPem.includes('-----BEGIN CERTIFICATE-----')) throw certificateRefused(endpoint, 'NO_CA');
  return https.request({
    ...urlToHttpOptions(new URL(path, endpoint.address)),
    method,
    agent: agent ?? false,
    servername: endpoint.serverName,
    ca: endpoint.caPem,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment has no say.
    rejectUnauthorized: true,
    ...(endpoint.client === undefined ? {} : { cert: endpoint.client.certificatePem, key: endpoint.client.keyPem }),
    headers: headersOf(endpoint.serverName, endpoint, headers, token),
    ...(signal === undefined ? {} : { signal }),
  });
};

const headersOf = (
  host: string,
  { namespace }: OpenBaoEndpoint,
  headers: HttpsRequest['headers'],
  token: string | undefined,
): Record<string, string | number> => ({
  host,
  ...headers,
  ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
  ...(token === undefined ? {} : { 'x-vault-token': token }),
});

/** The largest answer other than a snapshot: 50,000 mounts make 30 MB. */
export const mostAnswerBytes = 64 * 1024 * 1024;

/** The largest refusal or health answer, which consist of sentences. */
export const mostRefusalBytes = 1024 * 1024;

/** Fails a request that takes longer than allowed. Returns the function that lifts the limit. */
export const limitTime = (request: ClientRequest, timeoutMs: number): (() => void) => {
  const timer = setTimeout(() => {
    request.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }));
  }, timeoutMs);
  return () => clearTimeout(timer);
};

/** Resolves with the answer's head. Rejects with the raw error if the connection breaks first. */
export const answerHead = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve);
    // A switch of protocols was never asked for; without a listener there would be no end to the wait.
    request.once('upgrade', (_, socket) => {
      socket.destroy();
      reject(Object.assign(new Error('another protocol'), { code: 'ECONNRESET' }));
    });
    // Stays attached: a request may fail again after its answer, which then fails by itself.
    request.on('error', reject);
  });

/**
 * Sends one request and reads the whole answer, whatever its status.
 *
 * @throws KnownFailure `OpenBaoUnreachable` (a retry may help) or `OpenBaoCertificateRefused`; the signal's reason if aborted.
 */
export const exchange = async (
  endpoint: OpenBaoEndpoint,
  { json, timeoutMs, ...options }: Exchange,
): Promise<Answer> => {
  options.signal?.throwIfAborted();
  const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
  const request = openRequest(endpoint, {
    ...options,
    headers: body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length },
  });
  const liftLimit = limitTime(request, timeoutMs);
  try {
    const head = answerHead(request);
    request.end(body);
    const response = await head;
    const certificateSha256 = socketPathOf(endpoint) === undefined ? peerCertificateSha256(response) : '';
    return {
      status: response.statusCode ?? 0,
      body: (await readAtMost(response, mostAnswerBytes)).toString(),
      certificateSha256,
    };
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw connectionFailure(endpoint, error);
  } finally {
    liftLimit();
    request.destroy();
  }
};

const peerCertificateSha256 = ({ socket }: IncomingMessage): string => {
  const raw = socket instanceof TLSSocket ? (socket.getPeerCertificate() as { raw?: Buffer } | null)?.raw : undefined;
  if (raw === undefined) throw Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
  return createHash('sha256').update(raw).digest('hex');
};
