/** Turns broken connections and unwelcome answers into failures that say whether a retry helps. */
import { KnownFailure } from '../../../domain/known-failure.js';
import { quote } from '../../secrets/scrub.js';
import { isCertificateProblem } from '../../tls/certificate-problem.js';
import { type OpenBaoEndpoint } from './endpoint.js';

/** The longest quote of OpenBao's own error text, in characters. */
const ANSWER_LIMIT = 200;

/** A request that got an answer, but not the one asked for. */
export interface UnwelcomeAnswer {
  /** The API path, without `/v1/` and without any query. */
  readonly path: string;
  readonly status: number;
  /** OpenBao's own error messages; empty if it sent none. */
  readonly errors: readonly string[];
}

export const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'UNKNOWN';
};

/** The error messages in a body of OpenBao's API, or none if it is empty or something else. */
export const errorsIn = (body: unknown): readonly string[] => {
  const errors = (body as { errors?: unknown } | null | undefined)?.errors;
  return Array.isArray(errors) ? errors.filter((error) => typeof error === 'string') : [];
};

const answerFacts = (endpoint: OpenBaoEndpoint, { path, status, errors }: UnwelcomeAnswer) => ({
  serverName: endpoint.serverName,
  path,
  status,
  answer: quote(errors.join('; '), { mostCharacters: ANSWER_LIMIT }),
});

export const certificateRefused = (endpoint: OpenBaoEndpoint, code: string): KnownFailure =>
  new KnownFailure(
    'OpenBaoCertificateRefused',
    'The server that answered did not prove that it is this OpenBao: check its certificate, the server name and the CA.',
    { facts: { address: endpoint.address, serverName: endpoint.serverName, code } },
  );

/** The reasons for an unread answer, by the code of the error. */
const refusedAnswers: Readonly<Record<string, string>> = {
  TOO_LARGE: 'is larger than any answer of OpenBao',
  TOO_DEEP: 'is nested deeper than any answer of OpenBao',
};

/**
 * Turns a failed connection into a failure: {@link certificateRefused}, a foreign answer, or an unreachable server (a retry may
 * help).
 */
export const connectionFailure = (endpoint: OpenBaoEndpoint, error: unknown): KnownFailure => {
  if (isCertificateProblem(error)) return certificateRefused(endpoint, codeOf(error));
  const refused = refusedAnswers[codeOf(error)];
  if (refused !== undefined) {
    return new KnownFailure(
      'OpenBaoAnswerRefused',
      `What answers ${refused}, and was not read: check what listens at this address.`,
      { facts: { address: endpoint.address, serverName: endpoint.serverName } },
    );
  }
  return new KnownFailure(
    'OpenBaoUnreachable',
    'OpenBao could not be reached: check that it runs and that its edge routes this server name.',
    { retryable: true, facts: { address: endpoint.address, serverName: endpoint.serverName, code: codeOf(error) } },
  );
};

/** Turns an answer other than success into a failure, for any path of the API. */
export const answerFailure = (endpoint: OpenBaoEndpoint, answer: UnwelcomeAnswer): KnownFailure => {
  const facts = answerFacts(endpoint, answer);
  if (answer.status === 307)
    return new KnownFailure(
      'NotTheActiveNode',
      'A standby answered and pointed elsewhere; redirects are never followed with a token: address the active node.',
      { facts },
    );
  if (answer.status === 403)
    return new KnownFailure(
      'PermissionDenied',
      'OpenBao refused this identity: check its policies, and that its token has not expired.',
      { facts },
    );
  if (answer.status === 429 || answer.status >= 500)
    return new KnownFailure(
      'OpenBaoUnavailable',
      'OpenBao answers but cannot serve requests now: wait until it is unsealed and active.',
      { retryable: true, facts },
    );
  return new KnownFailure('OpenBaoRequestFailed', 'OpenBao rejected the request: see its answer.', { facts });
};

/** A submitted snapshot that OpenBao refused before touching its data. */
export const restoreRefusal = (
  endpoint: OpenBaoEndpoint,
  type: 'SealMismatch' | 'SnapshotRefused',
  answer: UnwelcomeAnswer,
): KnownFailure =>
  new KnownFailure(
    type,
    type === 'SealMismatch'
      ? "The target's seal cannot open this snapshot, and the target is unharmed: check that both sites use the same seal key and that the target reaches it."
      : 'OpenBao refused the snapshot as damaged and is unharmed: take a new one.',
    { facts: answerFacts(endpoint, answer) },
  );
