import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure } from '../../domain/known-failure.js';
import { lastErrorIn } from '../../domain/pair/server-log.js';
import type { PairSide } from '../../domain/pair/topology.js';
import { scrub } from '../../systems/secrets/scrub.js';
import { thisRun } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface ReadLastErrorInput {
  readonly lane: string;
  readonly drillId: string;
  readonly site: PairSide;
}

export interface LastError {
  /** Absent: the lane has no log of the server, or the log has no error. */
  readonly line?: string;
}

/**
 * Quotes the last error in a side's server log, for another failure's sentence: an unavailable log is no failure of its own.
 */
export const createReadLastError = (ports: Pick<ActivityPorts, 'lanes'>) =>
  async function readLastError({ lane, drillId, site }: ReadLastErrorInput): Promise<LastError> {
    const held = await ports.lanes.held(lane, thisRun(drillId));
    try {
      const line = lastErrorIn((await held.insight?.readLog?.(site, cancellationSignal())) ?? '');
      return line === undefined ? {} : { line: scrub(line) };
    } catch (error) {
      if (isKnownFailure(error)) return {};
      throw error;
    }
  };
