import { accountOf } from '../../domain/recovery/clients-account.js';
import type { ClientsAccount } from '../../domain/report/report.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface MeasureClientsInput {
  readonly drillId: string;
  /** ISO 8601, right before the drill first took the clients' service away. */
  readonly touchedAt: string;
}

export interface MeasuredClients {
  readonly clients: ClientsAccount;
}

/**
 * Reads from the canary's journal when the clients were without service. Run it after the drill, however it ended.
 *
 * @throws KnownFailure `CorruptedState`: the canary's journal is damaged.
 */
export const createMeasureClients = ({ clientJournal }: Pick<ActivityPorts, 'clientJournal'>) =>
  async function measureClients({ drillId, touchedAt }: MeasureClientsInput): Promise<MeasuredClients> {
    return { clients: accountOf(await clientJournal.read(drillId), touchedAt) };
  };
