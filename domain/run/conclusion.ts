import { secondsBetween } from './checklist.js';
import { type Check, describeFailedChecks, failedChecks } from './checks.js';
import type { PhaseRecord } from './phases.js';
import { type HumanWait, humanSecondsIn } from '../recovery/human-waits.js';
import type { CleanupReport, DrillResult, Timing } from '../report/report.js';
import { type Warning, withWarnings } from './warnings.js';

/** The end of the drill's phases. */
export interface Ending {
  readonly result: DrillResult;
  readonly reason: string;
}

/**
 * Draws the final conclusion. A drill that did all its phases has passed only if every check passed and everything was cleaned
 * up; any other ending stands, and a failed clean-up is added to its reason. A passed drill names its warnings in its reason,
 * which is the first line that people read.
 */
export const conclude = (
  ending: Ending,
  checks: readonly Check[],
  cleanup: CleanupReport,
  warnings: readonly Warning[] = [],
): Ending => {
  const left = cleanup.outcome === 'failed' ? `failed: ${cleanup.failures.join('; ')}` : undefined;
  if (ending.result !== 'passed') {
    return left === undefined ? ending : { ...ending, reason: `${ending.reason.replace(/\.$/, '')}; clean-up ${left}` };
  }
  if (failedChecks(checks).length > 0) return { result: 'failed', reason: describeFailedChecks(checks) };
  return left === undefined
    ? { ...ending, reason: withWarnings(ending.reason, warnings) }
    : { result: 'failed', reason: `Clean-up ${left}` };
};

/** Sums up where the time went. */
export const measure = (
  startedAt: string,
  endedAt: string,
  phases: readonly PhaseRecord[],
  humanWaits: readonly HumanWait[],
): Timing => {
  const find = (name: PhaseRecord['name']): PhaseRecord | undefined => phases.find((phase) => phase.name === name);
  const restore = find('restore');
  const verify = find('verify');
  const totalSeconds = secondsBetween(startedAt, endedAt);
  const humanWaitSeconds = humanSecondsIn(humanWaits, { from: startedAt, to: endedAt });
  return {
    totalSeconds,
    humanWaitSeconds,
    machineSeconds: Math.round((totalSeconds - humanWaitSeconds) * 10) / 10,
    ...(restore === undefined || verify?.endedAt === undefined || verify.outcome !== 'passed'
      ? {}
      : { restoreToVerifiedSeconds: secondsBetween(restore.startedAt, verify.endedAt) }),
  };
};
