import { ActivityFailure, ApplicationFailure, isCancellation, rootCause, workflowInfo } from '@temporalio/workflow';
import { conclude, type Ending, measure } from '../domain/conclusion.js';
import type { DrillPlan } from '../domain/plan.js';
import type { CleanupReport, DrillReport } from '../domain/report.js';
import { approvalExpired, cutoverRejected } from './await-decision.js';
import type { DrillRecord } from './drill-record.js';
import type { Steps } from './steps.js';

/** What an error that ended the phases means for the drill. */
export const endingOf = (error: unknown, drill: DrillRecord): Ending => {
  if (isCancellation(error)) return { result: 'cancelled', reason: `cancelled during ${drill.status().phase}` };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  const message = rootCause(error) ?? String(error);
  if (type === cutoverRejected) return { result: 'rejected', reason: message };
  if (type === approvalExpired) return { result: 'expired', reason: message };
  return { result: 'failed', reason: `${drill.status().phase}: ${type ?? 'failure'}: ${message}` };
};

/** Phases of the design this version does not have, and measurements it does not make: said in every report. */
const notYet = [
  { what: 'inspect', why: 'not part of this version' },
  { what: 'seal-proof', why: 'not part of this version: a seal that does not fit is refused by the restore endpoint' },
  { what: 'disaster', why: 'not part of this version: the source stays up' },
  { what: 'rpo', why: 'not measured by this version' },
  { what: 'rto', why: 'not measured by this version' },
];

/** Draws the conclusion and has the report written, in whichever way the drill ended. */
export const writeReport = async (
  drill: DrillRecord,
  steps: Steps,
  plan: DrillPlan,
  ending: Ending,
  failures: readonly string[],
): Promise<DrillReport> => {
  const { phases, checks, approvals, ignoredMessages, leftOut, openbao, snapshot, evidence, laneKept } =
    drill.contents();
  const cleanup: CleanupReport = {
    outcome: failures.length > 0 ? 'failed' : laneKept ? 'kept' : 'succeeded',
    failures,
  };
  const endedAt = new Date().toISOString();
  const { workflowId, runId } = workflowInfo();
  const unwritten: Parameters<Steps['writeReport']>[0]['report'] = {
    schemaVersion: 1,
    ...conclude(ending, checks, cleanup),
    drillId: drill.drillId,
    workflowId,
    runId,
    lane: plan.lane,
    plan,
    startedAt: drill.startedAt,
    endedAt,
    openbao,
    phases,
    checks,
    approvals,
    ignoredMessages,
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(evidence === undefined ? {} : { evidence }),
    timing: measure(drill.startedAt, endedAt, phases),
    cleanup,
    leftOut: [...leftOut, ...notYet],
  };
  const { report } = await steps.writeReport({ report: unwritten }).catch((error: unknown) => {
    throw ApplicationFailure.nonRetryable(
      `The drill ended as ${unwritten.result} (${unwritten.reason}), but its report could not be written: ${rootCause(error)}`,
      'ReportNotWritten',
      unwritten,
    );
  });
  drill.conclude(report);
  return report;
};
