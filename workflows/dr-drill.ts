import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  rootCause,
} from '@temporalio/workflow';
import type { ResolvedPlan } from '../activities/plan/resolve-plan.js';
import type { Ending } from '../domain/run/conclusion.js';
import { checkCutoverGate } from '../domain/approval/cutover-gate.js';
import { Unreadable } from '../domain/approval/messages/unreadable.js';
import type { DrillPlan } from '../domain/plan/plan.js';
import type { DrillReport } from '../domain/report/report.js';
import { warnOfSkipped } from '../domain/pair/safeguards/not-seen.js';
import { warnOfSealed } from '../domain/pair/safeguards/sealed-namespaces.js';
import { snapshotWarnings, warnOfNode } from '../domain/snapshot/snapshot-warnings.js';
import { hasOperator } from '../domain/pair/topology.js';
import { accountForClients } from './phases/account-for-clients.js';
import { awaitApproval } from './phases/await-decision.js';
import { concludeDrill, endingOf } from './run/conclude-drill.js';
import { backUpSource } from './phases/back-up-source.js';
import { answerMessages } from './run/decisions.js';
import { createClientRun } from './run/client-run.js';
import { loseSource } from './phases/lose-source.js';
import { checkFence, findAtStake, measurePoint, measureTime } from './phases/measure-recovery.js';
import { moveBack } from './phases/move-back.js';
import { measuring, moveClients } from './phases/move-clients.js';
import { createDrillRecord, type DrillRecord } from './run/drill-record.js';
import { provisionLane } from './phases/provision-lane.js';
import { whenReset } from './run/refuse-reset.js';
import { restoreTarget } from './phases/restore-target.js';
import { settleOperators } from './phases/settle-operators.js';
import { createSteps, type Steps } from './run/steps.js';
import { createUndoStack, type UndoStack } from './run/undo-stack.js';
import { seeUnsealed } from './phases/unseal-target.js';

/**
 * One drill: backs the source up, restores it into the target, proves what came back, waits for a person, moves the
 * clients, and leaves a report. A failover is the same with `revert: false`.
 *
 * @param input a plan as people type it, at least `{"lane":"local"}`; every other field has a default.
 * @returns the report of a drill that passed, was rejected or expired.
 * @throws ApplicationFailure `InvalidPlan`: the input is not a plan. Nothing was touched, no report is written.
 * @throws ApplicationFailure `DrillFailed`: the drill ran and did not pass; the report is the failure's first detail.
 * @throws ApplicationFailure `ReportNotWritten`: the report could not be kept; it is the failure's first detail.
 * @throws ApplicationFailure `RunWasReset`: the run came out of a reset. Nothing was touched, no report is written.
 * @throws CancelledFailure somebody cancelled the drill; the report is written, and `status` answers with it.
 */
export async function drDrill(input: unknown): Promise<DrillReport> {
  return Promise.race([runDrill(input), whenReset()]);
}

const runDrill = async (input: unknown): Promise<DrillReport> => {
  const drill = createDrillRecord();
  answerMessages(drill);
  const steps = createSteps(drill);
  const { unindexed = false, ...plan } = await resolvePlan(steps, input);
  drill.accept(plan, unindexed);

  const undo = createUndoStack();
  let cancelled: Error | undefined;
  let ending: Ending;
  try {
    ending = await runPhases(drill, steps, undo, plan);
  } catch (error) {
    if (isCancellation(error)) cancelled = error as Error;
    ending = endingOf(error, drill);
    // Before all else: they may have no service.
    await undo.undoFirst('clients moved back');
    await CancellationScope.nonCancellable(() => saveLogs(drill, steps));
  }

  const report = await CancellationScope.nonCancellable(async () => {
    const written = await concludeDrill(drill, steps, plan, ending, await undo.unwind());
    // In here, too: cancelled from now on, the drill has still ended as its report says.
    await condition(allHandlersFinished);
    return written;
  });
  if (cancelled !== undefined) throw cancelled;
  if (report.result === 'failed') throw ApplicationFailure.nonRetryable(report.reason, 'DrillFailed', report);
  return report;
};

/** What is wrong with a plan is the workflow's own failure: whoever typed it reads it without looking any further. */
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

/** The runbook, top to bottom. */
const runPhases = async (drill: DrillRecord, steps: Steps, undo: UndoStack, plan: DrillPlan): Promise<Ending> => {
  const { phase, drillId } = drill;
  const { lane } = plan;

  const { topology } = await phase('provision', async () => {
    await steps.reserveLane({ lane, drillId });
    undo.register('lane taken down', () => takeDown(drill, steps, plan));
    return provisionLane(steps, plan, drillId);
  });
  drill.noteTopology(topology);
  const { bucket } = topology;

  const before = await phase('preflight', async () => {
    const found = await steps.checkRequirements({ topology });
    drill.noteVersions({ source: found.source.version, target: found.target.version });
    drill.warn(...(found.warnings ?? []));
    drill.require(...found.checks);
    drill.require(await steps.checkCutover({ topology, drillId, plan, before: 'anything' }));
    if (topology.capabilities?.includes('isolation')) drill.require(await steps.checkIsolation({ lane, drillId }));
    if (hasOperator(topology)) drill.require(...(await steps.checkOperators({ topology, plan })));
    return found;
  });
  const { clusterId: sourceClusterId } = before.source;
  const { clusterId: previousClusterId, version: openbaoVersion } = before.target;

  const client = createClientRun(drill, steps);
  undo.register('client stopped', () => client.stop());
  // After all that gives the clients back.
  undo.register('clients accounted for', () => accountForClients({ drill, steps, client }, { topology, ...plan }));
  await phase('seed', async () => {
    drill.require(await steps.seedPair({ topology, drillId }));
    client.start({ topology, drillId });
    // A recovery point that no write of this drill is in could not be measured.
    await steps.awaitServed({ drillId, by: 'source', since: drill.startedAt });
  });

  const { snapshot, backedUpAt } = await phase('backup', async () => {
    const taken = await backUpSource(steps, topology, drillId);
    drill.note({ snapshot: taken.snapshot });
    drill.warn(...warnOfNode(taken.snapshot));
    drill.require(taken.check);
    return { snapshot: taken.snapshot, backedUpAt: new Date().toISOString() };
  });

  const { ownSeals, plugins } = await phase('inspect', async () => {
    const { checks, inspection } = await steps.inspectArchive({ bucket: bucket.target, snapshot, drillId });
    drill.note({ inspection });
    drill.warn(...snapshotWarnings(inspection));
    drill.require(...checks);
    return inspection;
  });

  await phase('seal-proof', async () => drill.require(...(await steps.proveSeal({ topology, snapshot })).checks));

  const loss = await loseSource(drill, steps, undo, topology, plan);

  const restored = await phase('restore', async () => {
    drill.require(await steps.checkTargetStorage({ bucket: bucket.target, snapshot }));
    const expected = { sourceClusterId, previousClusterId, openbaoVersion };
    const { breakGlass } = plan.k3d ?? {};
    const found = await restoreTarget(
      steps,
      { topology, drillId, snapshot, ...expected, breakGlass, patience: plan.patience },
      ({ byOperator }) => {
        if (byOperator !== undefined) drill.note({ operatorRestore: byOperator });
      },
    );
    if (found.byOperator === undefined && breakGlass !== undefined && hasOperator(topology)) {
      drill.leaveOut(
        'word of the operator',
        `it was asked to force the restore (${breakGlass.reason}); its answer is lost`,
      );
    }
    return found;
  });

  await phase('unseal', () => seeUnsealed(steps, drillId, topology, plan.patience));

  const recovered = await phase('verify', async () => {
    const expected = { topology, drillId, sourceClusterId, openbaoVersion };
    const { externalMounts } = before;
    const { sealedNamespaces } = plan.verify ?? {};
    const proved = await steps.verifyTarget({
      ...expected,
      ...(ownSeals && { ownSeals }),
      ...(sealedNamespaces && { sealedNamespaces }),
      ...(plugins && { hasPlugins: true }),
      ...(externalMounts && { externalMounts }),
    });
    drill.warn(...warnOfSkipped(proved));
    if ((ownSeals?.namespaces ?? 0) > 0) drill.warn(...warnOfSealed(sealedNamespaces ?? [], proved));
    drill.require(...proved);
    const { check, comparison } = await steps.compareStores({ topology, snapshot });
    drill.note({ equality: comparison });
    drill.require(check);
    const { recovered } = await steps.readCanary({ topology, drillId, at: 'target' });
    if (loss !== undefined) await measurePoint(drill, steps, plan, { recovered, before: loss.goneAt });
    const sourceWasLost = loss !== undefined;
    await settleOperators(drill, steps, { topology, snapshot, backedUpAt, restored, sourceWasLost });
    return recovered;
  });
  // Nobody is measured while a person thinks: the wait costs no activity slot.
  await client.stop();

  const approval = await phase('approval', async () => {
    const atStake = await measuring(drill, () => findAtStake(drill, steps, plan, { recovered, loss }));
    const stake = atStake === undefined ? {} : { atStake };
    const { checks, warnings } = drill.status();
    const seen = { drillId, plan, checks, ...(warnings && { warnings }), ...drill.facts, ...stake, snapshot };
    drill.note({ decidedOn: { sha256: await steps.digestEvidence(seen), ...stake } });
    return awaitApproval(drill, plan.approval);
  });

  const move = { topology, cutover: plan.cutover };
  const sourceWasLost = loss !== undefined;
  const { since, fencedAt } = await phase('cutover', async () => {
    drill.require(checkCutoverGate(drill.status().checks, approval));
    // Once more: people may have taken days, and behind the fence it would be too late.
    drill.require(await steps.checkCutover({ topology, drillId, plan, before: 'fence' }));
    undo.register('clients moved back', () => moveBack({ drill, steps, client }, { ...move, sourceWasLost }));
    // The way back brings it back itself, once the target is fenced; by itself it must not come back any more.
    undo.keep('source recovered');
    return moveClients({ drill, steps, client }, { ...move, to: 'target', nothingToFence: sourceWasLost });
  });

  await phase('confirm', async () => {
    drill.require(await steps.confirmClients({ topology, drillId, at: 'target' }));
    if (!plan.revert) {
      // Before anything is measured: the clients are safe, and no figure is worth moving them again.
      undo.keep('clients moved back');
      drill.leaveOut('revert', 'the plan keeps the clients on the target');
    }
    if (fencedAt !== undefined) {
      await measuring(drill, () => measurePoint(drill, steps, plan, { recovered, before: fencedAt }));
    }
    drill.record(checkFence(undefined, 'source'));
    await measuring(drill, () => measureTime(drill, steps, plan, { since, fencedAt, loss }));
    drill.clients.settledOnTarget = true;
  });

  return { result: 'passed', reason: `Every check passed; ${approval.approver} approved the cutover` };
};

/** Before the lane goes away. A drill that failed is not to fail of this. */
const saveLogs = async (drill: DrillRecord, steps: Steps): Promise<void> => {
  const { drillId, topology } = drill;
  if (topology?.capabilities?.includes('logs') !== true) return;
  try {
    await steps.saveLogs({ lane: topology.lane, drillId });
  } catch (error) {
    drill.leaveOut('logs', `the servers' logs could not be kept: ${rootCause(error) ?? 'no reason was given'}`);
  }
};

/** All but what signs the report and keeps the snapshot, which goes once the report is written. */
const takeDown = async (drill: DrillRecord, steps: Steps, { lane, teardown }: DrillPlan): Promise<void> => {
  if (teardown === 'never') {
    drill.leaveOut('teardown', 'the plan keeps the lane');
    return drill.noteLaneKept();
  }
  const { drillId } = drill;
  const outcome = await drill.phase('teardown', () =>
    steps.teardownLane({ lane, drillId, onlyIfCreated: teardown === 'created', part: 'pair' }),
  );
  if (outcome === 'kept') drill.noteLaneKept();
  else drill.noteLaneRemoved();
};
