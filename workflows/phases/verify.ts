import type { CheckedRequirements } from '../../activities/preflight/check-requirements.js';
import { warnOfSkipped } from '../../domain/pair/safeguards/not-seen.js';
import { warnOfSealed } from '../../domain/pair/safeguards/sealed-namespaces.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { AcknowledgedWrite } from '../../domain/report/report.js';
import type { SnapshotInspection } from '../../domain/snapshot/inspection.js';
import type { Run } from '../run/run.js';
import type { DrillPoint } from './backup.js';
import type { SourceLoss } from './disaster.js';
import { measurePoint } from './moving/measure-recovery.js';
import type { RestoredTarget } from './restoring/restore-target.js';
import { settleOperators } from './restoring/settle-operators.js';

export interface BeforeVerify {
  readonly before: CheckedRequirements;
  readonly point: DrillPoint;
  readonly store: SnapshotInspection;
  readonly restored: RestoredTarget;
  readonly loss: SourceLoss | undefined;
}

/** Proves the restored data. Returns the canary's last write that is on the target. */
export const verify = async (
  run: Run,
  topology: Topology,
  { before, point: { snapshot, backedUpAt }, store: { ownSeals, plugins }, restored, loss }: BeforeVerify,
): Promise<AcknowledgedWrite | undefined> => {
  const { drillId, plan, record, steps, canary } = run;
  const found = await record.phase('verify', async () => {
    const { externalMounts } = before;
    const { sealedNamespaces } = plan.verify ?? {};
    const proved = await steps.verifyTarget({
      topology,
      drillId,
      sourceClusterId: before.source.clusterId,
      openbaoVersion: before.target.version,
      ...(ownSeals && { ownSeals }),
      ...(sealedNamespaces && { sealedNamespaces }),
      ...(plugins && { hasPlugins: true }),
      ...(externalMounts && { externalMounts }),
    });
    record.warn(...warnOfSkipped(proved));
    if ((ownSeals?.namespaces ?? 0) > 0) record.warn(...warnOfSealed(sealedNamespaces ?? [], proved));
    record.require(...proved);
    const { check, comparison } = await steps.compareStores({ topology, snapshot });
    record.note({ equality: comparison });
    record.require(check);
    const { recovered } = await steps.readCanary({ topology, drillId, at: 'target' });
    if (loss !== undefined) await measurePoint(run, { recovered, before: loss.goneAt });
    await settleOperators(run, topology, { snapshot, backedUpAt, restored });
    return recovered;
  });
  // The canary rests while a person decides, so that the wait costs no activity slot.
  await canary.stop();
  return found;
};
