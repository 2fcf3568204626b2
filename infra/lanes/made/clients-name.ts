/** Who really answers to the clients' name, whatever a lane's record says: something else may have moved it. */
import { setTimeout as delay } from 'node:timers/promises';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { PairSide, TlsEndpoint } from '../../../domain/pair/topology.js';
import { askForName, type NameAnswer } from '../../../systems/edge/ask-for-name.js';

/**
 * `nobody`: the name is refused or silent, and the record is all there is. `stranger`: a server that is neither side.
 * `unknown`: a server answers that may be the target, whose own edge does not say which certificate it has.
 */
export type AnswersClients = PairSide | 'stranger' | 'unknown' | 'nobody';

/** Edges of a pair, and the names to ask them for: a part of its topology. */
export type AskedPair = Readonly<Record<'clients' | PairSide, Pick<TlsEndpoint, 'address' | 'serverName'>>>;

const timeoutMs = 2_000;
/** An edge takes a moment to follow a move that was written just now. */
const followsWithinMs = 3_000;

/** Recognises the server behind the name by the certificate that each side shows at its own edge. Never fails. */
export const findWhoAnswersClients = async ({ clients, source, target }: AskedPair): Promise<AnswersClients> => {
  const [byName, atSource, atTarget] = await Promise.all([ask(clients), ask(source), ask(target)]);
  if (byName.outcome !== 'answered') return 'nobody';
  if (isSame(byName, atTarget)) return 'target';
  if (isSame(byName, atSource)) return 'source';
  return atTarget.outcome === 'answered' ? 'stranger' : 'unknown';
};

/**
 * Looks at the clients' name before a target is wiped, restored into or removed: its record may not know that clients are there.
 *
 * @param pair undefined where it was never built to its end, and no client can be on it.
 * @throws KnownFailure `TargetServesClients`: the target answers to the name, or may be the server that does.
 */
export const assertTargetAnswersNoClients = async (lane: string, pair: AskedPair | undefined): Promise<void> => {
  if (pair === undefined) return;
  const found = await lookUntil(pair, (answered) => !mayBeTarget(answered));
  if (!mayBeTarget(found)) return;
  const who = found === 'target' ? 'is answered by the target' : 'is answered by a server that may be the target';
  throw new KnownFailure(
    'TargetServesClients',
    `The name of lane ${lane}'s clients ${who}, although the lane's record has them at the source: to replace or remove the target would ` +
      `take what they use. Send them back with "openbao-dr undo ${lane}" first`,
  );
};

/** Who answers after a move to the source, for as long as an edge takes to follow it. */
export const findWhoAnswersAfterMove = (pair: AskedPair): Promise<AnswersClients> =>
  lookUntil(pair, (answered) => answered === 'source');

const lookUntil = async (pair: AskedPair, isRight: (answered: AnswersClients) => boolean): Promise<AnswersClients> => {
  const until = performance.now() + followsWithinMs;
  let found = await findWhoAnswersClients(pair);
  while (!isRight(found) && performance.now() < until) {
    await delay(100);
    found = await findWhoAnswersClients(pair);
  }
  return found;
};

export const mayBeTarget = (found: AnswersClients): boolean => found === 'target' || found === 'unknown';

const ask = ({ address, serverName }: AskedPair[PairSide]): Promise<NameAnswer> =>
  askForName({ address, serverName, timeoutMs });

const isSame = (one: NameAnswer, other: NameAnswer): boolean =>
  one.outcome === 'answered' && other.outcome === 'answered' && one.certificateSha256 === other.certificateSha256;
