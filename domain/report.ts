import type { Decision, IgnoredMessage } from './approval.js';
import type { Check } from './checks.js';
import type { LeftOut, PhaseName, PhaseRecord } from './phases.js';
import type { DrillPlan } from './plan.js';
import type { PairSide } from './topology.js';

/** `cancelled`: somebody cancelled the workflow. Every other word is what the drill itself found. */
export type DrillResult = 'passed' | 'failed' | 'rejected' | 'expired' | 'cancelled';

/** The recovery point: one object in the bucket, bound by key, size and digest. */
export interface Snapshot {
  readonly key: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  /** ISO 8601: when OpenBao began to send it. */
  readonly takenAt: string;
  /** Raft index of the snapshot. */
  readonly index: number;
}

export interface CleanupReport {
  /** `kept`: everything was undone but for the lane, which the plan keeps or which was there before the drill. */
  readonly outcome: 'succeeded' | 'failed' | 'kept';
  /** What could not be undone, in the words of the failure. */
  readonly failures: readonly string[];
}

export interface Timing {
  readonly totalSeconds: number;
  /** Time the drill spent waiting for a person. */
  readonly humanWaitSeconds: number;
  readonly machineSeconds: number;
  /** From the restore call to the end of verification; absent if verification was not reached. */
  readonly restoreToVerifiedSeconds?: number;
}

/** What a drill leaves behind. Field names are part of the public contract. Holds no secret. */
export interface DrillReport {
  readonly schemaVersion: 1;
  readonly result: DrillResult;
  /** One sentence: why this result. */
  readonly reason: string;
  readonly drillId: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly lane: string;
  readonly plan: DrillPlan;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly versions: {
    readonly openbaoDr: string;
    readonly openbao: Readonly<Partial<Record<PairSide, string>>>;
  };
  readonly phases: readonly PhaseRecord[];
  readonly checks: readonly Check[];
  readonly approvals: readonly Decision[];
  readonly ignoredMessages: readonly IgnoredMessage[];
  readonly snapshot?: Snapshot;
  readonly evidence?: { readonly sha256: string };
  readonly timing: Timing;
  readonly cleanup: CleanupReport;
  readonly leftOut: readonly LeftOut[];
}

/** The answer of the query `status`: a report in the making. */
export interface DrillStatus {
  readonly drillId: string;
  readonly lane: string | undefined;
  readonly startedAt: string;
  /** The phase that runs, or the last that ran. */
  readonly phase: PhaseName | undefined;
  readonly phases: readonly PhaseRecord[];
  readonly checks: readonly Check[];
  readonly approvals: readonly Decision[];
  readonly ignoredMessages: readonly IgnoredMessage[];
  readonly waitingFor: WaitingForApproval | undefined;
  readonly snapshot: Snapshot | undefined;
  readonly evidence: { readonly sha256: string } | undefined;
  /** Set once the drill has ended and its report is written. */
  readonly report: DrillReport | undefined;
}

export interface WaitingForApproval {
  readonly what: 'approval';
  readonly since: string;
  readonly expiresAt: string;
  readonly approvers: readonly string[];
}
