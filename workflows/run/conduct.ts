import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  rootCause,
} from '@temporalio/workflow';
import type { ResolvedPlan } from '../../activities/plan/resolve-plan.js';
import { Unreadable } from '../../domain/approval/messages/unreadable.js';
import type { DrillReport } from '../../domain/report/report.js';
import type { Ending } from '../../domain/run/conclusion.js';
import { answerMessages } from './messages/answer-messages.js';
import { concludeRun } from './conclude.js';
import { endingOf } from './ending.js';
import { createRunRecord } from './record.js';
import { whenReset } from './refuse-reset.js';
import { openRun, type Run } from './run.js';
import { createSteps, type Steps } from './steps.js';
import type { Undoings } from './undo-stack.js';

export interface Runbook {
  /** The phases, top to bottom. */
  run(run: Run): Promise<Ending>;
  readonly undoings: Undoings<Run>;
}

/**
 * Runs a runbook: reads its plan, answers messages meanwhile, gives clients back before all else when it fails, undoes what it
 * registered, and leaves a report.
 *
 * @throws ApplicationFailure `InvalidPlan`, `DrillFailed`, `ReportNotWritten`, `RunWasReset`.
 * @throws CancelledFailure the run was cancelled; its report is written, and `status` answers with it.
 */
export const conduct = (runbook: Runbook, input: unknown): Promise<DrillReport> =>
  Promise.race([follow(runbook, input), whenReset()]);

const follow = async (runbook: Runbook, input: unknown): Promise<DrillReport> => {
  const record = createRunRecord();
  answerMessages(record);
  const steps = createSteps(record);
  const { unindexed = false, ...plan } = await resolvePlan(steps, input);
  record.accept(plan, unindexed);
  const run = openRun({ plan, record, steps }, runbook.undoings);
  const { undo } = run;

  let cancelled: Error | undefined;
  let ending: Ending;
  try {
    ending = await runbook.run(run);
  } catch (error) {
    if (isCancellation(error)) cancelled = error as Error;
    ending = endingOf(error, record);
    // Before all else: they may have no service.
    await undo.undoFirst('clients moved back');
    // Drills that wait since before this was so have to replay.
    if (patched('source-before-logs')) await undo.undoFirst('source recovered');
    await CancellationScope.nonCancellable(() => saveLogs(run));
  }

  const report = await CancellationScope.nonCancellable(async () => {
    const written = await concludeRun(run, ending, await undo.unwind());
    // In here, too: cancelled from now on, the run has still ended as its report says.
    await condition(allHandlersFinished);
    return written;
  });
  if (cancelled !== undefined) throw cancelled;
  if (report.result === 'failed') throw ApplicationFailure.nonRetryable(report.reason, 'DrillFailed', report);
  return report;
};

/** Makes the problems of a plan the workflow's own failure, so that its author reads them without looking any further. */
const resolvePlan = async (steps: Steps, input: unknown): Promise<ResolvedPlan> => {
  if (input instanceof Unreadable)
    throw ApplicationFailure.nonRetryable(`The input is no plan: it ${input.why}.`, 'InvalidPlan');
  try {
    return await steps.resolvePlan({ input });
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    throw cause instanceof ApplicationFailure ? ApplicationFailure.nonRetryable(cause.message, cause.type) : error;
  }
};

/** Before the lane goes away. A run that failed is not to fail of this. */
const saveLogs = async ({ drillId, record, steps }: Run): Promise<void> => {
  const { topology } = record;
  if (topology?.capabilities?.includes('logs') !== true) return;
  try {
    await steps.saveLogs({ lane: topology.lane, drillId });
  } catch (error) {
    record.leaveOut('logs', `the servers' logs could not be kept: ${rootCause(error) ?? 'no reason was given'}`);
  }
};
