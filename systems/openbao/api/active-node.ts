/**
 * Checks that the server at the other end of a connection is the active node. It has to be asked on the very connection that a
 * restore then goes over: behind a balancer the next connection may lead to another node.
 *
 * A standby of OpenBao 2.7 that gets a restore does not redirect: it answers 204, logs `node is not the leader`, seals itself
 * and applies nothing (measured on 2.7.2; only within some seconds of a leader's step-down it still answers 307).
 */
import { type Agent } from 'node:http';
import { KnownFailure } from '../../../domain/known-failure.js';
import { readAtMost } from '../../streams/read-at-most.js';
import { type OpenBaoEndpoint } from './endpoint.js';
import { answerFailure, connectionFailure, errorsIn } from './failures.js';
import { answerHead, limitTime, mostRefusalBytes, openRequest } from './https-exchange.js';
import { parseJson } from './json-api.js';

export const healthPath = 'sys/health';

/** Statuses of `sys/health` of a node that is unsealed and not active: standby, and the two kinds of secondaries. */
const standbyStatuses: readonly number[] = [429, 472, 473];

/** The kind of node behind an answer of `sys/health`. A limit on requests answers 429 as well, with errors alone. */
export const nodeKindOf = (status: number, body: unknown): 'active' | 'standby' | undefined => {
  const { initialized, sealed, standby } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (initialized !== true || sealed !== false) return undefined;
  if (standby === true || standbyStatuses.includes(status)) return 'standby';
  return status === 200 ? 'active' : undefined;
};

export interface ActiveNodeQuestion {
  readonly endpoint: OpenBaoEndpoint;
  /** Holds the connection that will be used afterwards. */
  readonly agent: Agent;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export type NodeKind = 'active' | 'standby';

interface NodeAnswer {
  /** Undefined: neither, as for a sealed node. */
  readonly kind: NodeKind | undefined;
  readonly status: number;
  readonly errors: readonly string[];
}

/**
 * Asks what kind of node answers on this connection, which stays open.
 *
 * @throws KnownFailure `OpenBaoUnreachable` (a retry may help), `OpenBaoCertificateRefused` or `OpenBaoAnswerRefused`; the signal's reason if aborted.
 */
export const askNode = async ({ endpoint, agent, timeoutMs, signal }: ActiveNodeQuestion): Promise<NodeAnswer> => {
  const request = openRequest(endpoint, { method: 'GET', path: `/v1/${healthPath}`, agent, signal });
  const liftLimit = limitTime(request, timeoutMs);
  try {
    const head = answerHead(request);
    request.end();
    const response = await head;
    const status = response.statusCode ?? 0;
    // Read to its end, or the connection would not be free for what follows.
    const body = parseJson((await readAtMost(response, mostRefusalBytes)).toString());
    return { kind: nodeKindOf(status, body), status, errors: errorsIn(body) };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw connectionFailure(endpoint, error);
  } finally {
    liftLimit();
  }
};

/**
 * Returns if the active node answers on this connection, which stays open.
 *
 * @throws KnownFailure `NotTheActiveNode`: a standby answers.
 * @throws KnownFailure `OpenBaoUnavailable` (a retry may help): it is sealed, or a limit on requests answers.
 * @throws KnownFailure `OpenBaoRequestFailed`, and as {@link askNode}.
 */
export const assertActiveNode = async (question: ActiveNodeQuestion): Promise<void> => {
  const { kind, status, errors } = await askNode(question);
  if (kind === 'active') return;
  if (kind === 'standby') throw standbyRefused(question.endpoint, status);
  throw answerFailure(question.endpoint, { path: healthPath, status, errors });
};

const standbyRefused = (endpoint: OpenBaoEndpoint, status: number): KnownFailure =>
  new KnownFailure(
    'NotTheActiveNode',
    'A standby answers at this address. A standby that gets a restore seals itself and applies nothing, so nothing was sent: ' +
      'address the active node, or let the balancer route to the node whose sys/health answers 200.',
    { facts: { address: endpoint.address, serverName: endpoint.serverName, path: healthPath, status } },
  );
