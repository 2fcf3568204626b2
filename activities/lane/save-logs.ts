import { cancellationSignal } from '@temporalio/activity';
import { thisRun } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface SaveLogsInput {
  readonly lane: string;
  readonly drillId: string;
}

/** Keeps the output of the lane's servers beside the report, before the lane of a failed drill goes away. */
export const createSaveLogs = ({ lanes, reports }: Pick<ActivityPorts, 'lanes' | 'reports'>) =>
  async function saveLogs({ lane, drillId }: SaveLogsInput): Promise<void> {
    const held = await lanes.held(lane, thisRun(drillId));
    await held.insight?.saveLogs?.(await reports.logsFolder(drillId), cancellationSignal());
  };
