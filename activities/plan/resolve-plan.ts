import type { DrillPlan } from '../../domain/plan.js';
import { parsePlan } from '../../domain/plan-schema.js';

export interface ResolvePlanInput {
  /** The workflow's input, as somebody typed it. */
  readonly input: unknown;
}

/**
 * Checks a drill's input and fills in the defaults. An activity, so that the history holds the plan as it was understood
 * and workflow code stays free of the validation library.
 *
 * @throws KnownFailure `InvalidPlan` naming the fields that are wrong; a retry does not help.
 */
export const createResolvePlan = () =>
  async function resolvePlan({ input }: ResolvePlanInput): Promise<DrillPlan> {
    return parsePlan(input);
  };
