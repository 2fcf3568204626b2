import { cancellationSignal } from '@temporalio/activity';
import type { PairSide } from '../../domain/pair/topology.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { withinDeadline } from '../patience/within-deadline.js';

export interface AwaitServedInput {
  readonly drillId: string;
  /** Absent: by either side. */
  readonly by?: PairSide;
  /** ISO 8601: earlier operations do not count. */
  readonly since: string;
  /** ISO 8601: the stubborn canary must have tried to write since then, too. Default: it need not exist. */
  readonly stubbornSince?: string;
}

const timeoutMs = 30_000;

/** The number of operations in a row, so that one lucky operation does not count as service. */
const enough = 6;

/**
 * Waits until one side served the canary several times in a row.
 *
 * @throws KnownFailure `ClientNotServed`: the canary was not served; the journal holds its failures.
 */
export const createAwaitServed = ({ clientJournal }: Pick<ActivityPorts, 'clientJournal'>) =>
  async function awaitServed({ drillId, by, since, stubbornSince }: AwaitServedInput): Promise<void> {
    await withinDeadline(
      async () => {
        const operations = await clientJournal.read(drillId);
        const roaming = operations.filter(({ client, at }) => client === 'roaming' && at >= since);
        const last = roaming.slice(-enough);
        const served =
          last.length === enough &&
          last.every(({ servedBy }) => (by === undefined ? servedBy !== undefined : servedBy === by));
        const tried =
          stubbornSince === undefined ||
          operations.some(({ client, at }) => client === 'stubborn' && at >= stubbornSince);
        return (served && tried) || undefined;
      },
      {
        what: `the canary to be served${by === undefined ? '' : ` by the ${by}`}`,
        timeoutMs,
        intervalMs: 100,
        signal: cancellationSignal(),
        failureType: 'ClientNotServed',
      },
    );
  };
