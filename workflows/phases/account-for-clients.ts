import { rootCause } from '@temporalio/workflow';
import type { CutoverPlan } from '../../domain/plan/plan.js';
import type { Topology } from '../../domain/pair/topology.js';
import { checkFence } from './measure-recovery.js';
import { type Drilling, measuring } from './move-clients.js';

/**
 * Says in the report, from the journal of the drill's own client, what became of the clients' service: however the drill
 * ended, and once everything is done that gives it back to them. Nothing, if the drill never took it away.
 */
export const accountForClients = async (
  { drill, steps, client }: Drilling,
  { topology, cutover }: { readonly topology: Topology; readonly cutover: CutoverPlan },
): Promise<void> => {
  const { drillId, clients } = drill;
  const { touchedAt } = clients;
  if (touchedAt === undefined) return;
  if (!clients.seenServed) {
    // While people decide, the drill's client rests: what came after is not in its journal.
    client.start({ topology, drillId });
    await measuring(drill, () => steps.awaitServed({ drillId, since: new Date().toISOString() }));
  }
  await client.stop();
  await measuring(drill, () => measureCutMove({ drill, steps }, cutover));
  try {
    drill.note(await steps.measureClients({ drillId, touchedAt }));
  } catch (error) {
    drill.leaveOut('clients', rootCause(error) ?? String(error));
  }
};

/** The move to the target, if it got there and was measured no more. */
const measureCutMove = async ({ drill, steps }: Omit<Drilling, 'client'>, { way }: CutoverPlan): Promise<void> => {
  const { drillId, clients, facts } = drill;
  const { target: move, source: back } = clients.moves;
  if (move === undefined || facts.cutover !== undefined) return;
  const until = back === undefined ? {} : { until: back.since };
  const { moved } = await steps.measureMove({ drillId, to: 'target', way, ...move, ...until });
  if (moved === undefined) return;
  drill.note({ cutover: moved });
  if (moved.writesAfterFence > 0) drill.record(checkFence(moved, 'source'));
};
