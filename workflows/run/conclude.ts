import { ApplicationFailure, rootCause, workflowInfo } from '@temporalio/workflow';
import { conclude, type Ending, measure } from '../../domain/run/conclusion.js';
import { jsonBytes, largestPayloadBytes } from '../../domain/contract/payload-size.js';
import type { DrillPlan } from '../../domain/plan/plan.js';
import type { CleanupReport, DrillReport } from '../../domain/report/report.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { RunRecord } from './record.js';
import type { Run } from './run.js';
import type { Steps } from './steps.js';

type Unwritten = Parameters<Steps['writeReport']>[0]['report'];

/**
 * Concludes the run, however it ended: tags the snapshot with the result, writes and signs the report, and then removes the
 * rest of the lane, which held key and snapshot until then.
 */
export const concludeRun = async (
  { drillId, plan, record, steps }: Run,
  ending: Ending,
  failures: readonly string[],
): Promise<DrillReport> => {
  const { topology } = record;
  const removed = record.contents().lane === 'removed';
  if (removed) record.leaveOut('removal of infra and bucket', removedAfterwards);
  const { result } = composeReport(record, plan, ending, failures);
  await markSnapshot(record, steps, result);

  const lane = { lane: plan.lane, drillId };
  const signed = await signAndWrite(
    record,
    steps,
    // Composed anew: a tag that the bucket refused is left out of it.
    composeReport(record, plan, ending, failures),
    topology?.evidence,
  ).catch(async (error: unknown) => {
    // No later step removes the rest of the lane.
    await removeRest(steps, lane, removed);
    throw error;
  });
  if (signed.result !== result) await markSnapshot(record, steps, signed.result);

  const left = await removeRest(steps, lane, removed);
  // The signed report no longer holds, and the signing key may be gone: the new report says so, without a signature.
  const report =
    left.length === 0 ? signed : await write(steps, composeReport(record, plan, ending, [...failures, ...left]));
  record.conclude(report);
  return report;
};

const removedAfterwards =
  'removed after this report is signed, as they hold its key and the snapshot; a failure would have produced a new report';

const composeReport = (record: RunRecord, plan: DrillPlan, ending: Ending, failures: readonly string[]): Unwritten => {
  const { phases, checks, warnings, approvals, ignored, humanWaits, handMoves, leftOut, openbao, facts, lane } =
    record.contents();
  const cleanup: CleanupReport = {
    outcome: failures.length > 0 ? 'failed' : lane === 'kept' ? 'kept' : 'succeeded',
    failures,
  };
  const endedAt = new Date().toISOString();
  const { workflowId, runId } = workflowInfo();
  return fitReport({
    schemaVersion: 2,
    ...conclude(ending, checks, cleanup, warnings),
    drillId: record.drillId,
    workflowId,
    runId,
    lane: plan.lane,
    plan,
    startedAt: record.startedAt,
    endedAt,
    openbao,
    phases,
    checks,
    ...(warnings.length > 0 && { warnings }),
    approvals,
    ...ignored,
    ...(humanWaits.length === 0 ? {} : { humanWaits }),
    ...(handMoves.length === 0 ? {} : { handMoves }),
    ...facts,
    timing: measure(record.startedAt, endedAt, phases, humanWaits),
    cleanup,
    leftOut,
  });
};

/** A report must fit into a step's input: without its longest tables it does. */
const fitReport = (report: Unwritten): Unwritten => {
  // Leaves room for the signature and a failure's message.
  if (jsonBytes(report) <= largestPayloadBytes - 100_000) return report;
  const { inspection, equality, ...rest } = report;
  return {
    ...rest,
    ...(inspection && { inspection: { ...inspection, groups: [] } }),
    ...(equality && { equality: { ...equality, groups: [] } }),
    leftOut: [
      ...rest.leftOut,
      { what: 'parts of the store', why: 'with them the report would be too large for Temporal' },
    ],
  };
};

/**
 * Shows readers of the bucket which snapshot was tested, and when. The tag proves nothing, so a store without tags is no
 * failure.
 */
const markSnapshot = async (record: RunRecord, steps: Steps, result: string): Promise<void> => {
  const { topology, facts } = record;
  if (topology === undefined || facts.snapshot === undefined) return;
  const { key } = facts.snapshot;
  await steps.tagSnapshot({ bucket: topology.bucket.source, key, result }).catch((error: unknown) => {
    record.leaveOut('tag on the snapshot', rootCause(error) ?? String(error));
  });
};

/** A drill that cannot be proved to others has not passed. */
const signAndWrite = async (
  record: RunRecord,
  steps: Steps,
  report: Unwritten,
  evidence: Topology['evidence'] | undefined,
): Promise<DrillReport> => {
  if (evidence === undefined) {
    return write(steps, {
      ...report,
      leftOut: [...report.leftOut, { what: 'signature', why: 'the drill ended before it knew a key to sign with' }],
    });
  }
  try {
    return (await steps.writeReport({ report, evidence })).report;
  } catch (error) {
    const why = rootCause(error) ?? String(error);
    record.leaveOut('signature', why);
    const ending =
      report.result === 'passed' ? { result: 'failed' as const, reason: `The report could not be signed: ${why}` } : {};
    return write(steps, { ...report, ...ending, leftOut: [...report.leftOut, { what: 'signature', why }] });
  }
};

const write = async (steps: Steps, report: Unwritten): Promise<DrillReport> => {
  try {
    return (await steps.writeReport({ report })).report;
  } catch (error) {
    throw ApplicationFailure.nonRetryable(
      `The drill ended as ${report.result} (${report.reason}), but its report could not be written: ${rootCause(error)}`,
      'ReportNotWritten',
      report,
    );
  }
};

/** Removes the rest of the lane and gives the lane back; returns the failures. */
const removeRest = async (
  steps: Steps,
  { lane, drillId }: { readonly lane: string; readonly drillId: string },
  removed: boolean,
): Promise<readonly string[]> => {
  const failures: string[] = [];
  const attempt = async (what: string, run: () => Promise<unknown>): Promise<void> => {
    await run().catch((error: unknown) => failures.push(`${what}: ${rootCause(error) ?? String(error)}`));
  };
  if (removed) {
    await attempt('rest of the lane taken down', () =>
      steps.teardownLane({ lane, drillId, onlyIfCreated: false, part: 'all' }),
    );
  }
  await attempt('lane released', () => steps.releaseLane({ lane, drillId }));
  return failures;
};
