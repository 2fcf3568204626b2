import { lastAcknowledged } from '../../domain/recovery/client-operations.js';
import { recoveryPoint } from '../../domain/recovery/objectives.js';
import type { AcknowledgedWrite, RecoveryPoint } from '../../domain/report/report.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface MeasureRecoveryInput {
  readonly drillId: string;
  /** The canary's newest write on the target before clients were moved to it. */
  readonly recovered?: AcknowledgedWrite;
  /** ISO 8601: the loss of the source, or its fence. Without it, every write that the source acknowledged counts. */
  readonly before?: string;
}

export interface MeasuredRecovery {
  /** Absent if either side has no write to compare. */
  readonly rpo?: RecoveryPoint;
}

/**
 * Compares the last write that the source acknowledged with the last one that the target has.
 *
 * @throws KnownFailure `CorruptedState`: the canary's journal is damaged.
 */
export const createMeasureRecovery = ({ clientJournal }: Pick<ActivityPorts, 'clientJournal'>) =>
  async function measureRecovery({ drillId, recovered, before }: MeasureRecoveryInput): Promise<MeasuredRecovery> {
    const acknowledged = lastAcknowledged(await clientJournal.read(drillId), before);
    return acknowledged === undefined || recovered === undefined ? {} : { rpo: recoveryPoint(acknowledged, recovered) };
  };
