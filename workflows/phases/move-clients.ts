import { CancellationScope, isCancellation, rootCause } from '@temporalio/workflow';
import type { CutoverPlan } from '../../domain/plan/plan.js';
import type { PairSide, Topology } from '../../domain/pair/topology.js';
import { awaitHandMove } from './await-hand-move.js';
import type { ClientRun } from '../run/client-run.js';
import type { DrillRecord } from '../run/drill-record.js';
import type { Steps } from '../run/steps.js';
import { touch } from '../run/touched-clients.js';

/** What a move of the clients works with. */
export interface Drilling {
  readonly drill: DrillRecord;
  readonly steps: Steps;
  readonly client: ClientRun;
}

export interface MoveClientsInput {
  readonly topology: Topology;
  readonly to: PairSide;
  readonly cutover: CutoverPlan;
  /** Nobody can be on the side they leave, because it is gone or was never reached: there is nothing to fence. */
  readonly nothingToFence: boolean;
  /** The clients may have no service: nothing is proved or measured before they have it again. Default: false. */
  readonly atOnce?: boolean;
  /** Opens the side they move to, once the other is fenced: never are both open. */
  readonly open?: () => Promise<void>;
}

export interface MovedClients {
  /** When the move began, for what is measured of it. */
  readonly since: string;
  readonly fencedAt?: string;
}

/**
 * Moves the clients in the only safe order: the side they leave is fenced first and seen to refuse, then the name is moved,
 * then a client is seen to reach the other side. Meanwhile the drill's own client goes on, and a stubborn one beside it keeps
 * writing to the side that is left; in a hurry, it is left as it is.
 */
export const moveClients = async (
  { drill, steps, client }: Drilling,
  { topology, to, cutover, nothingToFence, atOnce = false, open }: MoveClientsInput,
): Promise<MovedClients> => {
  const { drillId, clients } = drill;
  const left = to === 'target' ? 'source' : 'target';
  const move = { since: new Date().toISOString() };
  clients.moves[to] = move;
  if (!atOnce) {
    // Another one than before: its stubborn companion writes to the side that is left now.
    await client.stop();
    client.start({ topology, drillId, stubborn: left });
  }
  if (!nothingToFence) {
    // What the clients lose is only seen by one that was served before. Moving them does not depend on it.
    if (!atOnce) await measuring(drill, () => steps.awaitServed({ drillId, by: left, since: move.since }));
    touch(clients);
    await fence({ drill, steps }, { topology, left, atOnce });
  }
  await open?.();
  if (to === 'target') clients.mayBeOnTarget = true;
  const turn = () => steps.switchClients({ topology, drillId, to, cutover });
  // Remembered by the lane before anybody moves them to the target, and after they have left it.
  if (to === 'target') await turn();
  if (cutover.way === 'manual') await movedByHand({ drill, steps }, { topology, to, cutover, atOnce });
  if (to === 'source') await turn();
  await steps.awaitClients({ topology, to, timeoutSeconds: awaitClientsSeconds });
  return clients.moves[to];
};

/** A name that a person or a script moves may take its time to arrive: caches of DNS, say. */
const awaitClientsSeconds = 300;

const fence = async (
  { drill, steps }: Omit<Drilling, 'client'>,
  { topology, left, atOnce }: { readonly topology: Topology; readonly left: PairSide; readonly atOnce: boolean },
): Promise<void> => {
  const { drillId, clients } = drill;
  const fenced = await steps.fenceSite({ topology, drillId, site: left, ...(atOnce && { atOnce }) });
  const move = clients.moves[left === 'source' ? 'target' : 'source'];
  if (move !== undefined) move.fencedAt = fenced.fencedAt;
  if (left === 'source' && fenced.wasGone === true) clients.sourceWasGone = true;
  if (fenced.check !== undefined) drill.require(fenced.check);
};

/**
 * Waits for a person. After a move that failed, the clients may never have left: where their name already leads to the
 * side they belong on, nobody has to do anything, or to say so.
 */
const movedByHand = async (
  { drill, steps }: Omit<Drilling, 'client'>,
  { topology, to, cutover, atOnce }: Pick<MoveClientsInput, 'topology' | 'to' | 'cutover' | 'atOnce'>,
): Promise<void> => {
  const { timeoutSeconds } = cutover;
  if (atOnce !== true) return awaitHandMove(drill, to, timeoutSeconds);
  const looking = new CancellationScope();
  let areThere = false;
  const looked = looking
    .run(() => steps.awaitClients({ topology, to, timeoutSeconds }))
    .then(
      () => void (areThere = true),
      // Whatever ended the look: the person's word is still waited for.
      () => undefined,
    );
  try {
    await awaitHandMove(drill, to, timeoutSeconds, () => areThere);
  } finally {
    looking.cancel();
    await looked;
  }
};

/** What could not be measured is said in the report, and stops nothing: only a cancellation does. */
export const measuring = async <T>(drill: DrillRecord, measure: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await measure();
  } catch (error) {
    if (isCancellation(error)) throw error;
    drill.leaveOut('a measurement', rootCause(error) ?? String(error));
    return undefined;
  }
};
