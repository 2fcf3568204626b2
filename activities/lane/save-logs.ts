import { cancellationSignal } from '@temporalio/activity';
import type { ActivityPorts } from '../ports.js';

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
    await reservations.assertHeld(lane, drillId);
    await lanes.open(lane).saveLogs?.(await reports.logsFolder(drillId), cancellationSignal());
  };
