import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { operatorAnnotations, operatorKinds } from '../../systems/openbao-operator/objects.js';
import {
  isFinalReason,
  outcomeOf,
  readRelease,
  readRestore,
  type Release,
} from '../../systems/openbao-operator/restore.js';
import type { TargetSite } from '../../domain/pair/topology.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { operatorOf } from '../operator/operator-site.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { ridingOut } from '../patience/ride-out.js';

export interface AcknowledgeRestoreInput {
  readonly target: TargetSite;
  readonly name: string;
  /** The uid of the restore whose outcome was observed: another restore of the same name is never released. */
  readonly uid: string;
}

export interface AcknowledgedRestore {
  /** The operator's own words. */
  readonly message: string;
}

export interface AcknowledgeRestoreOptions {
  /** The operator restarts every voter, and checks the result itself. Default: 15 minutes. */
  readonly deadlineMs?: number;
  /** Default: 2 seconds. */
  readonly intervalMs?: number;
}

/**
 * Asks an operator that holds a restored cluster to go on. Call it once the target was seen to serve the restored data and the
 * operator can log in there again. Safe to repeat. A restore that is not held needs no call.
 *
 * @throws KnownFailure `OperatorRestoreGone`: the restore no longer exists.
 * @throws KnownFailure `RestoreNotReleased`, which names the operator's missing condition.
 */
export const createAcknowledgeRestore = (
  { clusters }: Pick<ActivityPorts, 'clusters'>,
  { deadlineMs = 15 * 60_000, intervalMs = 2_000 }: AcknowledgeRestoreOptions = {},
) =>
  async function acknowledgeRestore({ target, name, uid }: AcknowledgeRestoreInput): Promise<AcknowledgedRestore> {
    const signal = cancellationSignal();
    const operator = operatorOf(target);
    const cluster = await clusters.at(operator);
    const ref = { kind: operatorKinds.restores, name, namespace: operator.namespace };
    const read = async () => {
      const found = await cluster.get(ref, { signal });
      if (found?.metadata.uid === uid) return found;
      throw new KnownFailure(
        'OperatorRestoreGone',
        'The OpenBaoRestore to be released was removed or replaced: look at the target before anything else.',
        { facts: { namespace: operator.namespace, name } },
      );
    };

    const sight = readRestore(await read());
    if (outcomeOf(sight) !== 'held') return { message: sight.message };
    await cluster.annotate(ref, { [operatorAnnotations.acknowledgeRestore]: `${uid}/Resume` }, { signal });

    let last: Release | undefined;
    const see = ridingOut(async () => readRelease(await read()));
    try {
      return await waitUntil(
        async () => {
          last = (await see()) ?? last;
          if (last?.is === 'released') return { message: last.message };
          if (last?.is === 'blocked' && isFinalReason(last.reason)) throw notReleased(name, last);
          return undefined;
        },
        { what: 'the operator to go on', timeoutMs: deadlineMs, intervalMs, signal },
      );
    } catch (error) {
      throw isKnownFailure(error, 'TimedOut') ? notReleased(name, last) : error;
    }
  };

const notReleased = (name: string, last: Release | undefined): KnownFailure =>
  new KnownFailure(
    'RestoreNotReleased',
    last?.is === 'blocked'
      ? `The operator still holds the restored cluster (${last.reason}): ${last.message === '' ? 'it does not say more' : last.message}`
      : 'The operator still holds the restored cluster and does not say why: check that it runs.',
    { facts: { name } },
  );
