import type { TakenSnapshot } from '../../activities/backup/take-snapshot.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { Snapshot } from '../../domain/report/report.js';
import { warnOfNode } from '../../domain/snapshot/snapshot-warnings.js';
import type { Run } from '../run/run.js';

/** The snapshot that the drill restores. */
export interface DrillPoint {
  readonly snapshot: Snapshot;
  /** ISO 8601: since when it has been in the bucket. */
  readonly backedUpAt: string;
}

/** Takes a snapshot of the source into the bucket: itself, or through the source's operator. */
export const backup = (run: Run, topology: Topology): Promise<DrillPoint> => {
  const { record } = run;
  return record.phase('backup', async () => {
    const { snapshot, check } = await backUp(run, topology);
    record.note({ snapshot });
    record.warn(...warnOfNode(snapshot));
    record.require(check);
    return { snapshot, backedUpAt: new Date().toISOString() };
  });
};

const backUp = ({ drillId, steps }: Run, { lane, source, bucket }: Topology): Promise<TakenSnapshot> =>
  source.operator === undefined
    ? steps.takeSnapshot({ lane, drillId, source, destination: bucket.source })
    : steps.backUpByOperator({ lane, drillId, source, destination: bucket.source, readAs: bucket.target });
