import { CancellationScope } from '@temporalio/workflow';
import type { PairSide, Topology } from '../../../domain/pair/topology.js';
import { awaitHandMove } from '../../run/messages/hand-moves.js';
import type { Run } from '../../run/run.js';
import { type BegunMove, touch } from '../../run/touched-clients.js';
import { measuring } from './measuring.js';

export interface MoveClientsInput {
  readonly to: PairSide;
  /** No client can be on the side that they leave, because it is gone or was never reached: there is nothing to fence. */
  readonly nothingToFence: boolean;
  /** The clients may have no service: nothing is proved or measured before they have it again. Default: false. */
  readonly atOnce?: boolean;
  /** Opens the side that they move to, once the other is fenced: both are never open. */
  readonly open?: () => Promise<void>;
}

/**
 * Moves the clients in the only safe order: the side they leave is fenced first and seen to refuse, then the name is moved,
 * then a client is seen to reach the other side. Meanwhile the canary goes on, and a stubborn one beside it keeps writing to
 * the side that clients leave; in a hurry, the canary stays as it is.
 */
export const moveClients = async (
  run: Run,
  topology: Topology,
  { to, nothingToFence, atOnce = false, open }: MoveClientsInput,
): Promise<BegunMove> => {
  const { drillId, plan, record, steps, canary } = run;
  const { cutover } = plan;
  const { clients } = record;
  const left = to === 'target' ? 'source' : 'target';
  const move = { since: new Date().toISOString() };
  clients.moves[to] = move;
  if (!atOnce) {
    // A new canary replaces the old one, because its stubborn companion writes to the side that clients leave now.
    await canary.stop();
    canary.start({ topology, drillId, stubborn: left });
  }
  if (!nothingToFence) {
    // Only a canary that was served before can observe the loss of service. The move does not depend on it.
    if (!atOnce) await measuring(record, () => steps.awaitServed({ drillId, by: left, since: move.since }));
    touch(clients);
    await fence(run, topology, { left, atOnce });
  }
  await open?.();
  if (to === 'target') clients.mayBeOnTarget = true;
  // The lane remembers a move to the target before a person makes it, and a move back once the clients have left the target.
  const turn = () => steps.switchClients({ topology, drillId, to, cutover });
  const byHand = async () => {
    if (cutover.way === 'manual') await movedByHand(run, topology, { to, atOnce });
  };
  const [first, then] = to === 'target' ? [turn, byHand] : [byHand, turn];
  await first();
  await then();
  await steps.awaitClients({ topology, to, timeoutSeconds: awaitClientsSeconds });
  return clients.moves[to];
};

/** A name that a person or a script moves may arrive late, for example because of DNS caches. */
const awaitClientsSeconds = 300;

const fence = async (
  { drillId, record, steps }: Run,
  topology: Topology,
  { left, atOnce }: { readonly left: PairSide; readonly atOnce: boolean },
): Promise<void> => {
  const { clients } = record;
  const fenced = await steps.fenceSite({ topology, drillId, site: left, ...(atOnce && { atOnce }) });
  const move = clients.moves[left === 'source' ? 'target' : 'source'];
  if (move !== undefined) move.fencedAt = fenced.fencedAt;
  if (left === 'source' && fenced.wasGone === true) clients.sourceWasGone = true;
  if (fenced.check !== undefined) record.require(fenced.check);
};

/**
 * Waits for a person. After a failed move, the clients may never have left: if their name already leads to the right side, the
 * wait ends without a person.
 */
const movedByHand = async (
  { plan, record, steps }: Run,
  topology: Topology,
  { to, atOnce }: Pick<MoveClientsInput, 'to' | 'atOnce'>,
): Promise<void> => {
  const { timeoutSeconds } = plan.cutover;
  if (atOnce !== true) return awaitHandMove(record, to, timeoutSeconds);
  const looking = new CancellationScope();
  let areThere = false;
  const looked = looking
    .run(() => steps.awaitClients({ topology, to, timeoutSeconds }))
    .then(
      () => void (areThere = true),
      // However the look ended, the wait for the person goes on.
      () => undefined,
    );
  try {
    await awaitHandMove(record, to, timeoutSeconds, () => areThere);
  } finally {
    looking.cancel();
    await looked;
  }
};
