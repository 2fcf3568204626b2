/** Lets a person move the clients back, if the plan of the undone drill asks for one. */
import { confirm } from '@clack/prompts';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Topology } from '../../domain/pair/topology.js';
import { describeSeconds } from '../../domain/units.js';
import { type Context, writeLine } from '../cli/context.js';

interface HandMove {
  readonly topology: Topology;
  readonly timeoutSeconds: number;
  /** Resolves once a client is seen at the source, so that the person need not report it. */
  readonly seen: (signal: AbortSignal) => Promise<void>;
  /** Asks nothing, and only looks. */
  readonly mayAsk: boolean;
}

/**
 * @throws KnownFailure `ClientsNotMoved`: the person says no, or the name did not follow in time.
 * @throws the interruption's reason: the wait was stopped from outside, which shows nothing about a move.
 */
export const awaitHandMove = async (
  { stdin, stderr, interruption }: Context,
  { topology: { clients, source }, timeoutSeconds, seen, mayAsk }: HandMove,
): Promise<void> => {
  writeLine(
    stderr,
    `Move ${clients.serverName} to the source now: ${source.serverName} at ${source.address}. ` +
      `Whether it leads there is looked at for ${describeSeconds(timeoutSeconds)}.`,
  );
  const over = new AbortController();
  const end = (): void => over.abort(interruption.first.reason);
  interruption.first.addEventListener('abort', end, { once: true, signal: over.signal });
  if (interruption.first.aborted) end();
  const looking = seen(over.signal);
  try {
    await (mayAsk ? Promise.race([looking, asked(over.signal)]) : looking);
  } finally {
    over.abort();
    await looking.catch(() => undefined);
  }

  async function asked(signal: AbortSignal): Promise<void> {
    const message = `Does ${clients.serverName} lead to the source now?`;
    const answer = await confirm({ input: stdin, output: stderr, message, signal });
    // The prompt ends then as if it had been answered.
    signal.throwIfAborted();
    if (answer === true) return;
    throw new KnownFailure('ClientsNotMoved', 'The clients were not moved to the source: move them, then undo again');
  }
};
