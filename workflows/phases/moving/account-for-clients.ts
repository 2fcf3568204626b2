import { rootCause } from '@temporalio/workflow';
import type { Run } from '../../run/run.js';
import { checkFence } from './measure-recovery.js';
import { measuring } from './measuring.js';

/**
 * Reports the clients' service from the canary's journal, however the drill ended, after every step that restores the service.
 * Reports nothing if the drill never took the service away.
 */
export const accountForClients = async (run: Run): Promise<void> => {
  const { drillId, record, steps, canary } = run;
  const { clients } = record;
  const { touchedAt } = clients;
  if (touchedAt === undefined) return;
  if (!clients.seenServed) {
    // While people decide, the canary rests, so its journal lacks that time.
    canary.start({ topology: record.pair(), drillId });
    await measuring(record, () => steps.awaitServed({ drillId, since: new Date().toISOString() }));
  }
  await canary.stop();
  await measuring(record, () => measureCutMove(run));
  try {
    record.note(await steps.measureClients({ drillId, touchedAt }));
  } catch (error) {
    record.leaveOut('clients', rootCause(error) ?? String(error));
  }
};

/** The move to the target, if it arrived and was not measured. */
const measureCutMove = async ({ drillId, plan, record, steps }: Run): Promise<void> => {
  const { clients, facts } = record;
  const { way } = plan.cutover;
  const { target: move, source: back } = clients.moves;
  if (move === undefined || facts.cutover !== undefined) return;
  const until = back === undefined ? {} : { until: back.since };
  const { moved } = await steps.measureMove({ drillId, to: 'target', way, ...move, ...until });
  if (moved === undefined) return;
  record.note({ cutover: moved });
  if (moved.writesAfterFence > 0) record.record(checkFence(moved, 'source'));
};
