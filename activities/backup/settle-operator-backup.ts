import { cancellationSignal } from '@temporalio/activity';
import { type Check, check, skippedCheck } from '../../domain/run/checks.js';
import { isKnownFailure } from '../../domain/known-failure.js';
import { statusShows } from '../../systems/openbao-operator/backup.js';
import { readOperatorCluster } from '../../systems/openbao-operator/cluster.js';
import { describeLock, type OperationLock, releaseLockCommand } from '../../systems/openbao-operator/lock.js';
import type { Snapshot } from '../../domain/report/report.js';
import type { SourceSite } from '../../domain/pair/topology.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { operatorOf, readClusterObject } from '../operator/operator-site.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { ridingOut } from '../patience/ride-out.js';
import { describeMs } from '../../domain/units.js';

export interface SettleOperatorBackupInput {
  readonly source: SourceSite;
  readonly snapshot: Pick<Snapshot, 'key'>;
  /** ISO 8601, by the clock of workers: since when the object has been in the bucket. */
  readonly since: string;
}

export interface SettleOperatorBackupOptions {
  /** How long the status may lag behind the bucket. Default: 90 seconds. */
  readonly lagMs?: number;
  /** Default: 2 seconds. */
  readonly intervalMs?: number;
}

const expected = "the backup in the cluster's status, and the operator's lock released";

/**
 * Waits until the operator has noticed its own backup. A status that sticks while the object is in the bucket does not count
 * against the backup: the check is then skipped, and names the stuck part and the command that releases it.
 */
export const createSettleOperatorBackup = (
  { clusters }: Pick<ActivityPorts, 'clusters'>,
  { lagMs = 90_000, intervalMs = 2_000 }: SettleOperatorBackupOptions = {},
) =>
  async function settleOperatorBackup({ source, snapshot, since }: SettleOperatorBackupInput): Promise<Check> {
    const signal = cancellationSignal();
    const operator = operatorOf(source);
    const cluster = await clusters.at(operator);
    const startedMs = Date.parse(since);
    const seconds = (): string => describeMs(Date.now() - startedMs);
    let last: { readonly shown: boolean; readonly phase: string; readonly lock: OperationLock | undefined } | undefined;

    const probe = async (): Promise<true | undefined> => {
      const object = await readClusterObject(cluster, operator, signal);
      const { phase, lock } = readOperatorCluster(object);
      last = { shown: statusShows(object, snapshot.key), phase, lock };
      return last.shown && lock === undefined ? true : undefined;
    };
    try {
      await waitUntil(ridingOut(probe), {
        what: 'the status of the backup',
        // Looks at the source at least once, however late.
        timeoutMs: Math.max(startedMs + lagMs - Date.now(), Math.min(lagMs, 5_000)),
        intervalMs,
        signal,
      });
      return check('operator-backup-status', true, expected, `both, ${seconds()} after the object was in the bucket`);
    } catch (error) {
      if (!isKnownFailure(error)) throw error;
      if (last === undefined) return skippedCheck('operator-backup-status', expected, 'nothing', error.message);
      const { shown, phase, lock } = last;
      const status = shown ? 'the status shows it' : `the status does not show it, phase ${phase}`;
      return skippedCheck(
        'operator-backup-status',
        expected,
        `${seconds()} after the object was in the bucket ${status}`,
        lock === undefined
          ? `The operator's status lags behind the bucket: ${status}.`
          : `The operator's status sticks while the object is in the bucket, and its lock is held ${describeLock(lock)}. ` +
              `Until it is released nothing else can lock ${operator.cluster}: ${releaseLockCommand(operator, lock)}`,
      );
    }
  };
