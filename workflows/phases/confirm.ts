import type { Topology } from '../../domain/pair/topology.js';
import type { AcknowledgedWrite } from '../../domain/report/report.js';
import type { Run } from '../run/run.js';
import type { BegunMove } from '../run/touched-clients.js';
import type { SourceLoss } from './disaster.js';
import { checkFence, measurePoint, measureTime } from './moving/measure-recovery.js';
import { measuring } from './moving/measuring.js';

export interface BeforeConfirm {
  readonly moved: BegunMove;
  readonly recovered: AcknowledgedWrite | undefined;
  readonly loss: SourceLoss | undefined;
}

/** Confirms that the target serves the clients, and measures the cost of their move. */
export const confirm = (
  run: Run,
  topology: Topology,
  { moved: { since, fencedAt }, recovered, loss }: BeforeConfirm,
): Promise<void> => {
  const { drillId, plan, record, steps, undo } = run;
  return record.phase('confirm', async () => {
    record.require(await steps.confirmClients({ topology, drillId, at: 'target' }));
    if (!plan.revert) {
      // This comes before every measurement: the clients are safe, and no figure is worth moving them again.
      undo.keep('clients moved back');
      record.leaveOut('revert', 'the plan keeps the clients on the target');
    }
    if (fencedAt !== undefined) {
      await measuring(record, () => measurePoint(run, { recovered, before: fencedAt }));
    }
    // The check counts as failed until it is measured, so that a failed measurement cannot leave it out.
    record.record(checkFence(undefined, 'source'));
    await measuring(record, () => measureTime(run, { since, fencedAt, loss }));
    record.clients.settledOnTarget = true;
  });
};
