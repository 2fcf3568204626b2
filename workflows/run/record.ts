import {
  ApplicationFailure,
  createEventGroup,
  isCancellation,
  setCurrentDetails,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { approvalExpired, cutoverRejected, type Decision } from '../../domain/approval/approval.js';
import { type Check, describeFailedChecks, failedChecks, shortenCheck, shortenText } from '../../domain/run/checks.js';
import { renderChecklist } from '../../domain/run/checklist.js';
import { drillIdOf } from '../../domain/contract/drill-id.js';
import { patienceOf, type StepRole } from '../../domain/plan/patience.js';
import type { LeftOut, PhaseName, PhaseOutcome, PhaseRecord } from '../../domain/run/phases.js';
import type { DrillPlan } from '../../domain/plan/plan.js';
import { type HumanWait, humanSecondsIn } from '../../domain/recovery/human-waits.js';
import type { DrillReport, DrillStatus, HandMove, WaitingForPerson } from '../../domain/report/report.js';
import { drillLane, drillPhase, drillResult } from '../../domain/contract/search-attributes.js';
import type { PairSide, Topology } from '../../domain/pair/topology.js';
import { addWarnings, type Warning } from '../../domain/run/warnings.js';
import { ignoredMessages } from './messages/inbox.js';
import { untouchedClients } from './touched-clients.js';

/** Type of the failure that ends a drill whose check failed. */
export const checkFailed = 'CheckFailed';

/** The findings of the phases, as they appear in the report. */
export type RunFacts = Pick<
  DrillReport,
  | 'snapshot'
  | 'inspection'
  | 'operatorRestore'
  | 'equality'
  | 'decidedOn'
  | 'rpo'
  | 'rto'
  | 'cutover'
  | 'revert'
  | 'clients'
>;

/**
 * The drill's record of itself: phases, checks, decisions. Everything that people see of a running drill (query, search
 * attributes, live checklist) comes from here, and so does its report.
 */
export const createRunRecord = () => {
  const { startTime, runId } = workflowInfo();
  const startedAt = startTime.toISOString();
  const drillId = drillIdOf(startedAt, runId);

  const phases: PhaseRecord[] = [];
  const checks: Check[] = [];
  let warnings: readonly Warning[] = [];
  const approvals: Decision[] = [];
  const leftOut: LeftOut[] = [];
  const handMoves: HandMove[] = [];
  const humanWaits: HumanWait[] = [];
  const openbao: Partial<Record<PairSide, string>> = {};
  let facts: RunFacts = {};
  let plan: DrillPlan | undefined;
  let waitingFor: WaitingForPerson | undefined;
  let lane: 'untouched' | 'kept' | 'removed' = 'untouched';
  let topology: Topology | undefined;
  const clients = untouchedClients();
  let mayBeRestored = false;
  let report: DrillReport | undefined;
  let unindexed = false;

  const status = (): DrillStatus => ({
    drillId,
    lane: plan?.lane,
    startedAt,
    phase: phases.at(-1)?.name,
    phases: [...phases],
    checks: [...checks],
    ...(warnings.length > 0 && { warnings }),
    approvals: [...approvals],
    ...ignoredOnes(),
    waitingFor,
    ...(handMoves.length === 0 ? {} : { handMoves: [...handMoves] }),
    snapshot: facts.snapshot,
    evidence: facts.decidedOn === undefined ? undefined : { sha256: facts.decidedOn.sha256 },
    atStake: facts.decidedOn?.atStake,
    objectives: plan?.objectives,
    report,
  });

  /** The facts that lists of runs show. */
  const list = (key: typeof drillLane, value: string): void =>
    unindexed ? upsertMemo({ [key.name]: value }) : upsertSearchAttributes([{ key, value }]);

  const show = (): void => setCurrentDetails(renderChecklist(status(), Date.now()));

  const updatePhase = (at: number, change: Partial<PhaseRecord>): void => {
    const phase = phases[at];
    if (phase !== undefined) phases[at] = { ...phase, ...change };
    show();
  };

  const endPhase = (at: number, outcome: PhaseOutcome): void => {
    const endedAt = new Date().toISOString();
    const startedAt = phases[at]?.startedAt ?? endedAt;
    const humanWaitSeconds = humanSecondsIn(humanWaits, { from: startedAt, to: endedAt });
    updatePhase(at, { endedAt, outcome, ...(humanWaitSeconds === 0 ? {} : { humanWaitSeconds }) });
  };

  const record = (...found: readonly Check[]): void => {
    for (const check of found.map(shortenCheck)) {
      const at = checks.findIndex(({ name }) => name === check.name);
      if (at === -1) checks.push(check);
      else checks[at] = check;
    }
    show();
  };

  return {
    drillId,
    startedAt,
    status,
    record,
    clients,

    get plan(): DrillPlan | undefined {
      return plan;
    },
    /** @param inMemo lane, phase and result go to the memo, because the namespace has no search attributes. */
    accept(accepted: DrillPlan, inMemo: boolean): void {
      plan = accepted;
      unindexed = inMemo;
      list(drillLane, accepted.lane);
      show();
    },

    /** Runs one phase and keeps its times, attempts and outcome, however it ends. */
    phase: async <T>(name: PhaseName, run: () => Promise<T>): Promise<T> => {
      const at = phases.push({ name, startedAt: new Date().toISOString(), attempts: 1 }) - 1;
      list(drillPhase, name);
      show();
      try {
        // Views of a history may show groups; the UI of Temporal's CLI 1.9 does not yet.
        const result = await createEventGroup(name).withScope(run);
        endPhase(at, 'passed');
        return result;
      } catch (error) {
        endPhase(at, outcomeOf(error));
        throw error;
      }
    },
    noteAttempt: (attempt: number): void => {
      const current = phases.at(-1);
      if (current !== undefined && attempt > current.attempts) updatePhase(phases.length - 1, { attempts: attempt });
    },
    /** A restore may have been submitted. */
    noteRestore: (): void => {
      mayBeRestored = true;
    },
    /** How long a step may wait now for an absent server, in seconds. */
    patience: (role: StepRole): number =>
      patienceOf(plan?.patience, { phase: phases.at(-1)?.name, mayBeRestored }, role),
    leaveOut(what: string, why: string): void {
      leftOut.push({ what, why: shortenText(why) });
    },

    warn(...found: readonly Warning[]): void {
      warnings = addWarnings(warnings, found);
      show();
    },

    /** Records checks and ends the drill if one of them failed: later steps must not rely on it. */
    require(...found: readonly Check[]): void {
      record(...found);
      const made = found.map(shortenCheck);
      if (failedChecks(made).length > 0) {
        throw ApplicationFailure.nonRetryable(describeFailedChecks(made, phases.at(-1)?.name), checkFailed);
      }
    },

    noteVersions(versions: Partial<Record<PairSide, string>>): void {
      Object.assign(openbao, versions);
    },
    note(found: RunFacts): void {
      facts = { ...facts, ...found };
    },
    get facts(): RunFacts {
      return facts;
    },
    /** The plan keeps the lane, or the lane existed before the drill. */
    noteLaneKept(): void {
      lane = 'kept';
    },
    /** The lane's pair is gone; infra and bucket stay until the report is signed. */
    noteLaneRemoved(): void {
      lane = 'removed';
    },
    noteTopology(found: Topology): void {
      topology = found;
    },
    get topology(): Topology | undefined {
      return topology;
    },
    /** The topology, for steps after the lane was made. */
    pair(): Topology {
      if (topology === undefined) throw new Error('The run has no pair before its lane is provisioned');
      return topology;
    },
    get waitingFor(): WaitingForPerson | undefined {
      return waitingFor;
    },
    waitFor(what: WaitingForPerson | undefined): void {
      waitingFor = what;
      show();
    },
    /** The drill has waited for a person. */
    noteHumanWait(wait: HumanWait): void {
      humanWaits.push(wait);
    },
    get humanWaits(): readonly HumanWait[] {
      return humanWaits;
    },
    noteHandMove(move: HandMove): void {
      handMoves.push(move);
    },
    get handMoves(): readonly HandMove[] {
      return handMoves;
    },
    decide(decision: Decision): void {
      approvals.push(decision);
      show();
    },
    get decision(): Decision | undefined {
      return approvals.at(-1);
    },

    /** The record's contents for the report. */
    contents: () => ({
      phases,
      checks,
      warnings,
      approvals,
      ignored: ignoredOnes(),
      humanWaits,
      handMoves,
      leftOut,
      openbao,
      facts,
      lane,
    }),
    conclude(written: DrillReport): void {
      report = written;
      list(drillResult, written.result);
      show();
    },
  };
};

const ignoredOnes = (): Pick<DrillReport, 'ignoredMessages' | 'moreIgnoredMessages'> => {
  const { listed, more } = ignoredMessages();
  return { ignoredMessages: listed, ...(more === 0 ? {} : { moreIgnoredMessages: more }) };
};

const outcomeOf = (error: unknown): PhaseOutcome => {
  if (isCancellation(error)) return 'cancelled';
  const type = error instanceof ApplicationFailure ? error.type : undefined;
  return type === cutoverRejected ? 'rejected' : type === approvalExpired ? 'expired' : 'failed';
};

export type RunRecord = ReturnType<typeof createRunRecord>;
