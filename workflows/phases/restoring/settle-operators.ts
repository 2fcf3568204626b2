import { skippedCheck } from '../../../domain/run/checks.js';
import type { Snapshot } from '../../../domain/report/report.js';
import type { Topology } from '../../../domain/pair/topology.js';
import type { RestoredTarget } from './restore-target.js';
import type { Run } from '../../run/run.js';

export interface SettleOperatorsInput {
  readonly snapshot: Snapshot;
  /** ISO 8601: since when the snapshot has been in the bucket. */
  readonly backedUpAt: string;
  readonly restored: RestoredTarget;
}

/**
 * Leaves both operators able to work. After a restore from another cluster, the target's OpenBao trusts the source's tokens,
 * and its operator can do nothing until that is repaired; only then is an operator that holds its cluster asked to go on. This
 * comes after the comparison of the stores, because the repair changes the target's store.
 */
export const settleOperators = async (
  { drillId, record, steps }: Run,
  { source, target, lane }: Topology,
  { snapshot, backedUpAt, restored }: SettleOperatorsInput,
): Promise<void> => {
  const held = { lane, drillId };
  if (target.operator !== undefined) {
    record.require(...(await steps.repairTrust({ ...held, source, target })));
    if (restored.held !== undefined) await steps.acknowledgeRestore({ ...held, target, ...restored.held });
  }
  if (source.operator === undefined) return;
  const name = 'operator-backup-status';
  const expected = "the backup in the cluster's status, and the operator's lock released";
  record.record(
    record.clients.sourceWasLost
      ? skippedCheck(name, expected, 'not looked at', 'the source was lost before its operator had to show the backup')
      : await steps.settleOperatorBackup({ source, snapshot, since: backedUpAt }),
  );
};
