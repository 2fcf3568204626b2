import type { CheckedRequirements } from '../../activities/preflight/check-requirements.js';
import { hasOperator, type Topology } from '../../domain/pair/topology.js';
import { breakGlassOf } from '../../domain/plan/plan.js';
import type { Run } from '../run/run.js';
import type { DrillPoint } from './backup.js';
import { type RestoredTarget, restoreTarget } from './restoring/restore-target.js';

/** Restores the snapshot into the target: the destructive step. */
export const restore = (
  { drillId, plan, record, steps }: Run,
  topology: Topology,
  { before, point: { snapshot } }: { readonly before: CheckedRequirements; readonly point: DrillPoint },
): Promise<RestoredTarget> =>
  record.phase('restore', async () => {
    record.require(await steps.checkTargetStorage({ bucket: topology.bucket.target, snapshot }));
    const { clusterId: sourceClusterId } = before.source;
    const { clusterId: previousClusterId, version: openbaoVersion } = before.target;
    const expected = { sourceClusterId, previousClusterId, openbaoVersion };
    const breakGlass = breakGlassOf(plan);
    const found = await restoreTarget(
      steps,
      { topology, drillId, snapshot, ...expected, breakGlass, patience: plan.patience },
      ({ byOperator }) => {
        if (byOperator !== undefined) record.note({ operatorRestore: byOperator });
      },
    );
    if (found.byOperator === undefined && breakGlass !== undefined && hasOperator(topology)) {
      record.leaveOut(
        'word of the operator',
        `it was asked to force the restore (${breakGlass.reason}); its answer is lost`,
      );
    }
    return found;
  });
