import { cancellationSignal } from '@temporalio/activity';
import { heldLane } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface SaveLogsInput {
  readonly lane: string;
  readonly drillId: string;
}

/** Keeps what the lane's servers have printed beside the report, before the lane that a drill failed on goes away. */
export const createSaveLogs = ({
  lanes,
  reservations,
  reports,
}: Pick<ActivityPorts, 'lanes' | 'reservations' | 'reports'>) =>
  async function saveLogs({ lane, drillId }: SaveLogsInput): Promise<void> {
    const held = await heldLane({ lanes, reservations }, { lane, drillId });
    await held.insight?.saveLogs?.(await reports.logsFolder(drillId), cancellationSignal());
  };
