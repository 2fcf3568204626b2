import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import type { Ending } from '../domain/conclusion.js';
import { checkCutoverGate } from '../domain/cutover-gate.js';
import type { DrillPlan } from '../domain/plan.js';
import type { DrillReport } from '../domain/report.js';
import { awaitApproval } from './await-decision.js';
import { endingOf, writeReport } from './conclude-drill.js';
import { answerMessages } from './decisions.js';
import { createDrillRecord, type DrillRecord } from './drill-record.js';
import { restoreTarget } from './restore-target.js';
import { createSteps, type Steps } from './steps.js';
import { createUndoStack, type UndoStack } from './undo-stack.js';
import { unsealTarget } from './unseal-target.js';

/**
 * One drill: backs the source up, restores it into the target, proves what came back, waits for a person, moves the
 * clients, and leaves a report. A failover is the same with `revert: false`.
 *
 * @param input a plan as people type it, at least `{"lane":"local"}`; every other field has a default.
 * @returns the report of a drill that passed, was rejected or expired.
 * @throws ApplicationFailure `InvalidPlan`: the input is not a plan. Nothing was touched, no report is written.
 * @throws ApplicationFailure `DrillFailed`: the drill ran and did not pass; the report is the failure's first detail.
 * @throws ApplicationFailure `ReportNotWritten`: the report could not be kept; it is the failure's first detail.
 * @throws CancelledFailure somebody cancelled the drill; the report is written, and `status` answers with it.
 */
export async function drDrill(input: unknown): Promise<DrillReport> {
  const drill = createDrillRecord();
  answerMessages(drill);
  const steps = createSteps(drill.noteAttempt);
  const plan = await resolvePlan(steps, input);
  drill.accept(plan);

  const undo = createUndoStack();
  let cancelled: Error | undefined;
  let ending: Ending;
  try {
    ending = await runPhases(drill, steps, undo, plan);
  } catch (error) {
    if (isCancellation(error)) cancelled = error as Error;
    ending = endingOf(error, drill);
  }

  const report = await CancellationScope.nonCancellable(async () => {
    const failures = await undo.unwind();
    const written = await writeReport(drill, steps, plan, ending, failures);
    // In here, too: cancelled from now on, the drill has still ended as its report says.
    await condition(allHandlersFinished);
    return written;
  });
  if (cancelled !== undefined) throw cancelled;
  if (report.result === 'failed') throw ApplicationFailure.nonRetryable(report.reason, 'DrillFailed', report);
  return report;
}

/** What is wrong with a plan is the workflow's own failure: whoever typed it reads it without looking any further. */
const resolvePlan = async (steps: Steps, input: unknown): Promise<DrillPlan> => {
  try {
    return await steps.resolvePlan({ input });
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    throw cause instanceof ApplicationFailure ? ApplicationFailure.nonRetryable(cause.message, cause.type) : error;
  }
};

/** The runbook, top to bottom. */
const runPhases = async (drill: DrillRecord, steps: Steps, undo: UndoStack, plan: DrillPlan): Promise<Ending> => {
  const { phase, drillId } = drill;
  const { lane } = plan;

  const { topology } = await phase('provision', async () => {
    undo.register('lane released', () => steps.releaseLane({ lane, drillId }));
    await steps.reserveLane({ lane, drillId });
    undo.register('lane taken down', () => takeDown(drill, steps, plan));
    return steps.provisionLane({ lane, drillId, options: plan.local });
  });
  const { source, bucket } = topology;

  const before = await phase('preflight', async () => {
    const found = await steps.checkRequirements({ topology });
    drill.noteVersions({ source: found.source.version, target: found.target.version });
    drill.require(...found.checks);
    return found;
  });
  const { clusterId: sourceClusterId } = before.source;
  const { clusterId: previousClusterId, version: openbaoVersion } = before.target;

  await phase('seed', async () => drill.require(await steps.seedPair({ topology, drillId })));

  const snapshot = await phase('backup', async () => {
    const taken = await steps.takeSnapshot({ source, destination: bucket.source });
    drill.noteSnapshot(taken.snapshot);
    drill.require(taken.check);
    return taken.snapshot;
  });

  await phase('restore', async () => {
    drill.require(await steps.checkTargetStorage({ bucket: bucket.target, snapshot }));
    await restoreTarget(steps, { topology, drillId, snapshot, sourceClusterId, previousClusterId });
  });

  await phase('unseal', () => unsealTarget(steps, drillId, topology));

  await phase('verify', async () => {
    drill.require(...(await steps.verifyTarget({ topology, drillId, sourceClusterId, openbaoVersion })));
  });

  const approval = await phase('approval', async () => {
    drill.noteEvidence(await steps.digestEvidence({ drillId, checks: drill.status().checks, snapshot }));
    return awaitApproval(drill, plan.approval);
  });

  await phase('cutover', async () => {
    drill.require(checkCutoverGate(drill.status().checks, approval));
    undo.register('clients moved back', () => moveBack(drill, steps, topology));
    await steps.moveClients({ topology, drillId, to: 'target' });
  });

  await phase('confirm', async () => drill.require(await steps.confirmClients({ topology, drillId, at: 'target' })));

  if (!plan.revert) {
    undo.keep('clients moved back');
    drill.leaveOut('revert', 'the plan keeps the clients on the target');
  }
  return { result: 'passed', reason: `every check passed; ${approval.approver} approved the cutover` };
};

const moveBack = (drill: DrillRecord, steps: Steps, topology: Parameters<Steps['moveClients']>[0]['topology']) =>
  drill.phase('revert', async () => {
    const { drillId } = drill;
    await steps.moveClients({ topology, drillId, to: 'source' });
    drill.require(await steps.confirmClients({ topology, drillId, at: 'source' }));
  });

const takeDown = async (drill: DrillRecord, steps: Steps, { lane, teardown }: DrillPlan): Promise<void> => {
  if (teardown === 'never') {
    drill.leaveOut('teardown', 'the plan keeps the lane');
    return drill.noteLaneKept();
  }
  const outcome = await drill.phase('teardown', () =>
    steps.teardownLane({ lane, drillId: drill.drillId, onlyIfCreated: teardown === 'created' }),
  );
  if (outcome === 'kept') drill.noteLaneKept();
};
