import type { Topology } from '../../domain/pair/topology.js';
import type { SnapshotInspection } from '../../domain/snapshot/inspection.js';
import { snapshotWarnings } from '../../domain/snapshot/snapshot-warnings.js';
import type { Run } from '../run/run.js';
import type { DrillPoint } from './backup.js';

/** Reads the whole archive, lists its content and checks that it is intact. */
export const inspect = (
  { drillId, record, steps }: Run,
  { bucket }: Topology,
  { snapshot }: DrillPoint,
): Promise<SnapshotInspection> =>
  record.phase('inspect', async () => {
    const { checks, inspection } = await steps.inspectArchive({ bucket: bucket.target, snapshot, drillId });
    record.note({ inspection });
    record.warn(...snapshotWarnings(inspection));
    record.require(...checks);
    return inspection;
  });
