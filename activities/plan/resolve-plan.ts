import type { DrillPlan } from '../../domain/plan/plan.js';
import { parsePlan } from '../../domain/plan/plan-schema.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface ResolvePlanInput {
  /** The workflow's input, as typed. */
  readonly input: unknown;
}

/** The resolved plan, and how to find its run. */
export interface ResolvedPlan extends DrillPlan {
  /** True: the run keeps its lane, phase and result in its memo, because the namespace has no search attributes for them. */
  readonly unindexed?: true;
}

/**
 * Checks a drill's input and fills in the defaults. It is an activity, so that the history holds the resolved plan and workflow
 * code stays free of the validation library.
 *
 * @throws KnownFailure `InvalidPlan` naming the fields that are wrong; a retry does not help.
 */
export const createResolvePlan = ({ unindexed }: Pick<ActivityPorts, 'unindexed'>) =>
  async function resolvePlan({ input }: ResolvePlanInput): Promise<ResolvedPlan> {
    return { ...parsePlan(input), ...(unindexed && { unindexed }) };
  };
