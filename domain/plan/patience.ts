/** How long a step goes on trying while what it needs is away. Attempts are not counted: a lost worker is no failure of a step. */
import type { PhaseName } from '../run/phases.js';
import type { Patience } from './plan.js';

/** For steps that run before the plan is known. */
const beforePlanSeconds = 30;
/** For results that a run can do without: a log, a tag, a figure. */
const asideSeconds = 60;
/**
 * While clients may be without service and can be given back: the way back is open, so a run does not wait long on the way
 * there.
 */
const cutoverSeconds = 120;

/**
 * The purpose of a step. `runbook`: the run cannot go on without it. `tidying`: it takes back what the run has made. `aside`:
 * the run can do without it. `signing`: it signs the report, of a run that passed or of another.
 */
export type StepRole = 'runbook' | 'tidying' | 'aside' | 'signing' | 'signing of a pass';

export interface Moment {
  readonly phase: PhaseName | undefined;
  /** A restore was submitted, or may have been. */
  readonly mayBeRestored: boolean;
}

/** @param patience undefined before the plan is known. @returns seconds, counted from the first sight of the outage. */
export const patienceOf = (
  patience: Patience | undefined,
  { phase, mayBeRestored }: Moment,
  role: StepRole,
): number => {
  if (patience === undefined) return beforePlanSeconds;
  const { firstCheckSeconds, beforeSeconds, afterRestoreSeconds } = patience;
  const longest = mayBeRestored ? afterRestoreSeconds : beforeSeconds;
  if (role === 'aside') return Math.min(asideSeconds, beforeSeconds);
  if (role === 'signing of a pass') return longest;
  // On the way back clients may have no service, and only this step restores it.
  if (phase === 'revert') return longest;
  if (role !== 'runbook') return beforeSeconds;
  if (phase === 'preflight') return firstCheckSeconds;
  if (phase === 'cutover' || phase === 'confirm') return Math.min(cutoverSeconds, beforeSeconds);
  return longest;
};
