import type { Canary, CanaryClient } from '../../domain/pair/canary.js';
import { canaryApiPaths, canaryIn } from '../../domain/pair/canary.js';
import type { ClientOperation } from '../../domain/recovery/client-operations.js';
import { isKnownFailure, type KnownFailure } from '../../domain/known-failure.js';
import type { LoginRequest, OpenBao, OpenBaoSession } from '../../systems/openbao/api/client.js';
import type { JsonCallOptions } from '../../systems/openbao/api/json-api.js';
import type { RecogniseSite } from './recognise-sites.js';

/** One canary: it never throws a known failure, because a failure is an observation here. */
export interface CanaryWriter {
  write(sequence: number): Promise<ClientOperation>;
  read(): Promise<ClientOperation>;
  /** Ends its session if its site can be reached; otherwise the token expires within minutes. */
  logOut(): Promise<void>;
}

export interface CanaryWriterOptions {
  readonly client: CanaryClient;
  readonly openbao: OpenBao;
  readonly login: Pick<LoginRequest, 'username' | 'password'>;
  readonly drillId: string;
  readonly recognise: RecogniseSite;
}

/** OpenBao locks a user out after five wrong passwords: the drill's own checks use the same login. */
const loginAgainAfterMs = 10_000;

/**
 * Logs in once and keeps the token in memory. If a site does not know the token, as after a move, it logs in again and repeats
 * the operation, as clients do; a failed login is the operation's failure.
 */
export const createCanaryWriter = ({
  client,
  openbao,
  login,
  drillId,
  recognise,
}: CanaryWriterOptions): CanaryWriter => {
  const path = canaryApiPaths[client];
  let session: OpenBaoSession | undefined;
  let refused: { readonly failure: KnownFailure; readonly at: number } | undefined;

  const ensureSession = async (): Promise<{ readonly session: OpenBaoSession; readonly isNew: boolean }> => {
    if (session !== undefined) return { session, isNew: false };
    if (refused !== undefined && performance.now() - refused.at < loginAgainAfterMs) throw refused.failure;
    try {
      session = await openbao.login(login);
    } catch (error) {
      noteRefusal(error);
      throw error;
    }
    return { session, isNew: true };
  };
  const noteRefusal = (error: unknown): void => {
    if (isKnownFailure(error, 'LoginRefused') || isKnownFailure(error, 'PermissionDenied')) {
      refused = { failure: error, at: performance.now() };
    }
  };

  /** `send` returns the sequence that was written or read. */
  const operate = async (
    kind: ClientOperation['kind'],
    sequence: number,
    send: (session: OpenBaoSession, at: string, options: JsonCallOptions) => Promise<number>,
  ): Promise<ClientOperation> => {
    let clock = startClock();
    let certificate: string | undefined;
    const attempt = async (): Promise<number> => {
      const { session: current, isNew } = await ensureSession();
      // The login is not part of a write's time, which starts when the write is sent.
      clock = startClock();
      try {
        const onAnswer: JsonCallOptions['onAnswer'] = (server) => (certificate = server.certificateSha256);
        return await send(current, clock.at, { onAnswer });
      } catch (error) {
        if (!isKnownFailure(error, 'PermissionDenied')) throw error;
        session = undefined;
        if (!isNew) return attempt();
        noteRefusal(error);
        throw error;
      }
    };
    const ended = (
      result: Pick<ClientOperation, 'sequence' | 'servedBy' | 'failure'>,
      ms: number,
    ): ClientOperation => ({
      at: clock.at,
      ms,
      kind,
      client,
      ...result,
    });

    try {
      const shown = await attempt();
      const ms = clock.elapsedMs();
      const servedBy = certificate === undefined ? undefined : await recognise(certificate);
      return ended({ sequence: shown, ...(servedBy === undefined ? { failure: 'UnknownServer' } : { servedBy }) }, ms);
    } catch (error) {
      if (!isKnownFailure(error)) throw error;
      return ended({ sequence, failure: error.type }, clock.elapsedMs());
    }
  };

  return {
    write: (sequence) =>
      operate('write', sequence, async (current, writtenAt, options) => {
        const canary: Canary = { drillId, sequence, writtenAt };
        await current.write(path, { data: canary }, options);
        return sequence;
      }),
    read: () =>
      operate(
        'read',
        0,
        async (current, _at, options) => canaryIn(await current.read(path, options), drillId)?.sequence ?? 0,
      ),
    async logOut() {
      await session?.revokeSelf().catch(() => undefined);
      session = undefined;
    },
  };
};

/**
 * Whole milliseconds; both start and duration are rounded down. The computed end is never later than the true one, so an
 * operation that ended before another began also looks so.
 */
const startClock = (): { readonly at: string; readonly elapsedMs: () => number } => {
  const started = performance.now();
  return { at: new Date().toISOString(), elapsedMs: () => Math.floor(performance.now() - started) };
};
