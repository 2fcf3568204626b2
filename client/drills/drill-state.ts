/** The state of a drill, in one shape whatever became of it: the output of `status --json`. */
import type { DrillReport, DrillResult, DrillStatus } from '../../domain/report/report.js';
import type { StateFolder } from '../../infra/state/state-folder.js';
import type { ExitCode } from '../cli/context.js';
import { exitCodeOf } from '../cli/exit-code.js';
import { readReport } from '../reports/reports.js';
import type { PendingStep } from './pending-steps.js';
import type { LaneTruth } from './lane-truth.js';
import type { Silence } from './silence.js';

/**
 * The members of a {@link DrillStatus} are present in every state. Members that only a worker knows, such as `phases`, are
 * empty while the drill is interrupted.
 */
export interface DrillState extends DrillStatus {
  /** `running`; `waiting` for a person; `interrupted`: open, but no worker moves it; or its result once it has ended. */
  readonly state: 'running' | 'waiting' | 'interrupted' | DrillResult;
  /** The exit code of `status`. */
  readonly exitCode: ExitCode;
  readonly workflowId: string;
  readonly runId: string;
  /** Once it has ended, ISO 8601. */
  readonly endedAt?: string;
  /** The origin of the state. */
  readonly knownFrom: 'temporal' | 'report' | 'lane';
  /** The reason for the silence of an interrupted drill. */
  readonly silence?: Silence;
  /** The running steps of an open drill, and the outages that they wait for. */
  readonly pending?: readonly PendingStep[];
  /** The report's folder, if it is on this machine. */
  readonly folder?: string;
}

/** A drill's last status, made from its report, for views that draw its end after its worker is gone. */
export const statusOf = (report: DrillReport): DrillStatus => {
  const { drillId, lane, startedAt, phases, checks, approvals, ignoredMessages, snapshot, decidedOn } = report;
  const phase = phases.at(-1)?.name;
  const known = { drillId, lane, startedAt, phase, phases, checks, approvals, ignoredMessages, report };
  return { ...known, snapshot, evidence: decidedOn, waitingFor: undefined };
};

const ended = (report: DrillReport, folder: string | undefined, knownFrom: DrillState['knownFrom']): DrillState => ({
  ...statusOf(report),
  state: report.result,
  exitCode: exitCodeOf(report),
  workflowId: report.workflowId,
  runId: report.runId,
  endedAt: report.endedAt,
  knownFrom,
  ...(folder !== undefined && { folder }),
});

const untold = {
  phases: [],
  checks: [],
  approvals: [],
  ignoredMessages: [],
  waitingFor: undefined,
  snapshot: undefined,
  evidence: undefined,
  report: undefined,
} satisfies Partial<DrillStatus>;

/** @throws KnownFailure as `Drill.report`: the drill has ended without a report, like a terminated one. */
export const readDrillState = async (truth: LaneTruth, stateFolder: StateFolder, lane: string): Promise<DrillState> => {
  if (truth.what === 'report') return ended(truth.kept.report, truth.kept.folder, 'report');
  const interrupted = { ...untold, lane, state: 'interrupted', exitCode: 1 } as const;
  if (truth.what === 'left') {
    const { drillId, workflowId, runId } = truth.holder;
    return {
      ...interrupted,
      drillId,
      workflowId,
      runId,
      startedAt: startOf(drillId),
      phase: undefined,
      knownFrom: 'lane',
    };
  }
  const { drill } = truth;
  const { drillId, workflowId, runId, startedAt } = drill.run;
  const kept = await readReport(stateFolder, drillId);
  if (!drill.run.open) {
    const report = kept?.report ?? (await drill.report());
    return ended(report, kept?.folder, kept === undefined ? 'temporal' : 'report');
  }
  const here = { workflowId, runId, knownFrom: 'temporal' } as const;
  const [status, pending] = await Promise.all([drill.status(), drill.pending()]);
  if (status !== undefined) {
    const state = status.waitingFor === undefined ? 'running' : 'waiting';
    return { ...status, ...here, pending, state, exitCode: 0 };
  }
  const silence = await drill.silence();
  const phase = drill.run.phase as DrillStatus['phase'];
  return { ...interrupted, ...here, pending, drillId, startedAt, phase, ...(silence !== undefined && { silence }) };
};

/** A drill's id begins with its start. */
const startOf = (drillId: string): string =>
  drillId.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-.*$/, '$1-$2-$3T$4:$5:$6.000Z');
