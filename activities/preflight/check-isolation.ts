import { cancellationSignal } from '@temporalio/activity';
import { type Check, check } from '../../domain/run/checks.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { thisRun } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface CheckIsolationInput {
  readonly lane: string;
  readonly drillId: string;
}

/**
 * Tries from inside the target which addresses it reaches: a clone of production must not talk to production's systems. Only
 * Transit and the bucket may answer.
 */
export const createCheckIsolation = (ports: Pick<ActivityPorts, 'lanes'>) =>
  async function checkIsolation({ lane, drillId }: CheckIsolationInput): Promise<Check> {
    const held = await ports.lanes.held(lane, thisRun(drillId));
    const found = await held.insight?.observeIsolation?.(cancellationSignal());
    if (found === undefined)
      throw new KnownFailure('IsolationNotObservable', `Lane ${lane} cannot try whom its target reaches`);
    return check('target-isolated', found.isolated, found.expected, found.observed);
  };
