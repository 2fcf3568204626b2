/** Who really answers to the clients' name, whatever a lane's record says: something else may have moved it. */
import { setTimeout as delay } from 'node:timers/promises';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { PairSide, TlsEndpoint } from '../../../domain/pair/topology.js';
import { askForName, type NameAnswer } from '../../../systems/edge/ask-for-name.js';

/**
 * `nobody`: the name is refused, and the record is all there is. `stranger`: a server that is neither side. `silent`: the name is neither
 * answered nor refused, which proves nothing.
 * `unknown`: a server answers that may be the target, whose own edge does not say which certificate it has.
 */
export type AnswersClients = PairSide | 'stranger' | 'unknown' | 'silent' | 'nobody';

/** Edges of a pair, and the names to ask them for: a part of its topology. */
export type AskedPair = Readonly<Record<'clients' | PairSide, Pick<TlsEndpoint, 'address' | 'serverName'>>>;

const timeoutMs = 2_000;
/** An edge takes a moment to follow a move that was written just now. */
const followsWithinMs = 3_000;

/** Recognises the server behind the name by the certificate that each side shows at its own edge. Never fails. */
export const findWhoAnswersClients = async ({ clients, source, target }: AskedPair): Promise<AnswersClients> => {
  const [byName, atSource, atTarget] = await Promise.all([ask(clients), ask(source), ask(target)]);
  if (byName.outcome !== 'answered') return byName.outcome === 'silent' ? 'silent' : 'nobody';
  if (isSame(byName, atTarget)) return 'target';
  if (isSame(byName, atSource)) return 'source';
  return atTarget.outcome === 'answered' ? 'stranger' : 'unknown';
};

/**
 * Looks at the clients' name before a target is wiped, restored into or removed: its record may not know that clients are there.
 *
 * @param pair undefined where it was never built to its end, and no client can be on it.
 * @throws KnownFailure `TargetServesClients`: the target answers to the name, or may be the server that does. `ClientsNameSilent`: it may be
 *   behind a name that neither answers nor refuses; a retry helps once it does.
 */
export const assertTargetAnswersNoClients = async (lane: string, pair: AskedPair | undefined): Promise<void> => {
  if (pair === undefined) return;
  const found = await lookUntil(pair, (answered) => !targetMayServe(answered));
  if (!targetMayServe(found)) return;
  if (found === 'silent') {
    throw new KnownFailure(
      'ClientsNameSilent',
      `The name of lane ${lane}'s clients is neither answered nor refused at ${pair.clients.address}: the target may be behind it, and to replace or ` +
        `remove it would take what they use. Find out why the edge there is silent, and try again once it answers or refuses connections`,
      { retryable: true },
    );
  }
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

/** Silence proves nothing: the target may be behind the name. */
export const targetMayServe = (found: AnswersClients): boolean => mayBeTarget(found) || found === 'silent';

const mayBeTarget = (found: AnswersClients): boolean => found === 'target' || found === 'unknown';

const ask = ({ address, serverName }: AskedPair[PairSide]): Promise<NameAnswer> =>
  askForName({ address, serverName, timeoutMs });

const isSame = (one: NameAnswer, other: NameAnswer): boolean =>
  one.outcome === 'answered' && other.outcome === 'answered' && one.certificateSha256 === other.certificateSha256;
