import type { DrillPlan } from '../../domain/plan/plan.js';
import { parsePlan } from '../../domain/plan/plan-schema.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface ResolvePlanInput {
  /** The workflow's input, as somebody typed it. */
  readonly input: unknown;
}

/** The plan as it was understood, and how its run is to be found. */
export interface ResolvedPlan extends DrillPlan {
  /** The run keeps its lane, phase and result in its memo: the namespace has no search attributes for them. */
  readonly unindexed?: true;
}

/**
 * Checks a drill's input and fills in the defaults. An activity, so that the history holds the plan as it was understood
 * and workflow code stays free of the validation library.
 *
 * @throws KnownFailure `InvalidPlan` naming the fields that are wrong; a retry does not help.
 */
export const createResolvePlan = ({ unindexed }: Pick<ActivityPorts, 'unindexed'>) =>
  async function resolvePlan({ input }: ResolvePlanInput): Promise<ResolvedPlan> {
    return { ...parsePlan(input), ...(unindexed && { unindexed }) };
  };
