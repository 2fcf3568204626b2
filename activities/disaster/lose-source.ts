import { cancellationSignal } from '@temporalio/activity';
import type { Check } from '../../domain/run/checks.js';
import type { Topology } from '../../domain/pair/topology.js';
import { thisRun } from '../holding.js';
import { serversOf } from '../lane/abilities.js';
import { observeCheck } from '../observing/observe-check.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { lookAtEdge } from '../observing/site-refuses.js';

export interface LoseSourceInput {
  readonly topology: Topology;
  readonly drillId: string;
}

export interface LostSource {
  /** ISO 8601, right before the source's server was killed. */
  readonly lostAt: string;
  /** When it was seen to be gone: nothing that it acknowledged can be later. */
  readonly goneAt: string;
  readonly check: Check;
}

/**
 * The disaster: the source's server is killed and its edge shut, then looked at from outside. Safe to repeat: the time is
 * that of the first attempt.
 *
 * @throws KnownFailure `ProcessNotStopped` (a retry may help): the server did not die.
 */
export const createLoseSource = (ports: Pick<ActivityPorts, 'lanes'>) =>
  async function loseSource({ topology, drillId }: LoseSourceInput): Promise<LostSource> {
    const lane = await ports.lanes.held(topology.lane, thisRun(drillId));
    const { lostAt, how } = await serversOf(lane).lose('source', cancellationSignal());
    const ended = `the server has ended, after ${lostAt}${how === undefined ? '' : ` (${how})`}`;
    const check = await observeCheck(
      'source-lost',
      "the source's server has ended, and its edge refuses every connection",
      async () => {
        const { refuses, observed } = await lookAtEdge(topology, 'source');
        return { passed: refuses, observed: `${ended}; ${observed}` };
      },
    );
    return { lostAt, goneAt: new Date().toISOString(), check };
  };
