import { isCancellation, rootCause } from '@temporalio/workflow';
import type { CutoverPlan } from '../domain/plan.js';
import type { PairSide, Topology } from '../domain/topology.js';
import { awaitHandMove } from './await-hand-move.js';
import type { ClientRun } from './client-run.js';
import type { DrillRecord } from './drill-record.js';
import type { Steps } from './steps.js';

export interface MoveClientsInput {
  readonly topology: Topology;
  readonly to: PairSide;
  readonly cutover: CutoverPlan;
  /** Nobody can be on the side they leave, because it is gone or was never reached: there is nothing to fence. */
  readonly nothingToFence: boolean;
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
 * writing to the side that is left.
 */
export const moveClients = async (
  { drill, steps, client }: { readonly drill: DrillRecord; readonly steps: Steps; readonly client: ClientRun },
  { topology, to, cutover, nothingToFence, open }: MoveClientsInput,
): Promise<MovedClients> => {
  const { drillId } = drill;
  const left = to === 'target' ? 'source' : 'target';
  const since = new Date().toISOString();
  // Another one than before: its stubborn companion writes to the side that is left now.
  await client.stop();
  client.start({ topology, drillId, stubborn: left });
  let fencedAt: string | undefined;
  if (!nothingToFence) {
    // What the clients lose is only seen by one that was served before. Moving them does not depend on it.
    await measuring(drill, () => steps.awaitServed({ drillId, by: left, since }));
    const fenced = await steps.fenceSite({ topology, drillId, site: left });
    fencedAt = fenced.fencedAt;
    if (fenced.check !== undefined) drill.require(fenced.check);
  }
  await open?.();
  if (to === 'target') drill.noteClientsLeaving();
  const move = () => steps.switchClients({ topology, drillId, to, cutover });
  // Remembered by the lane before anybody moves them to the target, and after they have left it.
  if (to === 'target') await move();
  if (cutover.way === 'manual') await awaitHandMove(drill, to, cutover.timeoutSeconds);
  if (to === 'source') await move();
  await steps.awaitClients({ topology, to, timeoutSeconds: awaitClientsSeconds });
  return { since, ...(fencedAt === undefined ? {} : { fencedAt }) };
};

/** A name that a person or a script moves may take its time to arrive: caches of DNS, say. */
const awaitClientsSeconds = 300;

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
