import type { Decision, IgnoredMessage } from '../approval/approval.js';
import type { Check } from '../run/checks.js';
import type { LeftOut, PhaseName, PhaseRecord } from '../run/phases.js';
import type { CutoverWay, DrillPlan, Objectives } from '../plan/plan.js';
import type { AtStake } from '../recovery/at-stake.js';
import type { HumanWait } from '../recovery/human-waits.js';
import type { SnapshotInspection } from '../snapshot/inspection.js';
import type { StoreComparison } from '../snapshot/store-comparison.js';
import type { PairSide } from '../pair/topology.js';
import type { Warning } from '../run/warnings.js';

/** `cancelled`: a person or program cancelled the workflow. The drill itself found every other result. */
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
  /** The object's version, if the bucket keeps versions: later steps read this version, even if a newer one hides it. */
  readonly versionId?: string;
  /** The kind of node that sent it; absent if the drill did not ask. */
  readonly takenFrom?: 'active' | 'standby';
}

export interface CleanupReport {
  /** `kept`: everything was undone but for the lane, which the plan keeps or which existed before the drill. */
  readonly outcome: 'succeeded' | 'failed' | 'kept';
  /** The undos that failed, in the words of their failures. */
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

/** One acknowledged write of the canary. */
export interface AcknowledgedWrite {
  /** Counts the canary's writes from 1. */
  readonly sequence: number;
  /** ISO 8601. */
  readonly at: string;
}

/** Recovery point: the writes that the source had acknowledged and the target does not have. */
export interface RecoveryPoint {
  /** Without the time in which people decided: seconds and writes describe the same span. */
  readonly seconds: number;
  readonly lostWrites: number;
  readonly lastAcknowledged: AcknowledgedWrite;
  readonly lastRecovered: AcknowledgedWrite;
  /**
   * The loss that was added while people decided, which is not in `seconds`. The canary rests meanwhile, so the writes are
   * estimated at its rate. Absent if the source took no writes while people decided.
   */
  readonly whileDeciding?: { readonly seconds: number; readonly estimatedWrites: number };
}

/** Recovery time: from the loss of the source, or its fence, to the first client operation that the target served. */
export interface RecoveryTime {
  readonly totalSeconds: number;
  readonly machineSeconds: number;
  /** Waiting for the approval, and for a person to move the clients if that is the way of the plan. */
  readonly humanWaitSeconds: number;
  /** The recovery time of an immediate approval. */
  readonly ifApprovedAtOnceSeconds: number;
  readonly from: 'loss' | 'fence';
  readonly startedAt: string;
  readonly servedAt: string;
}

/** The experience of a client that kept reading and writing through the clients' name while it was moved. */
export interface ClientsMoved {
  readonly to: PairSide;
  readonly way: CutoverWay;
  /** When the side that clients leave was fenced; absent if it had been lost before. */
  readonly fencedAt?: string;
  /** From the last operation that was served before the move to the first after it. */
  readonly outageMs: number;
  readonly operations: number;
  readonly failedOperations: number;
  /** Reads that showed less than the site had acknowledged to this canary before. */
  readonly staleReads: number;
  /** Writes that the fenced side acknowledged after its fence: a split brain. */
  readonly writesAfterFence: number;
  /** Who answered when, in order. */
  readonly spans: readonly ClientSpan[];
}

/** A time in which the canary was not served through the clients' name. */
export interface ClientsOutage {
  /** ISO 8601: the end of the last operation that was served before. */
  readonly from: string;
  /** The end of the first operation that was served again; absent if none was. */
  readonly to?: string;
  readonly failedOperations: number;
  /** The side that served before. */
  readonly lastServedBy?: PairSide;
  readonly servedBy?: PairSide;
}

/** The clients' service since the drill first took it away, however the drill ended. */
export interface ClientsAccount {
  /** ISO 8601, right before the source was lost or fenced. */
  readonly touchedAt: string;
  /** The canary's operations since then. It rests while people decide. */
  readonly operations: number;
  readonly failedOperations: number;
  /** All outages together; an outage without an end counts up to the last operation. */
  readonly unservedMs: number;
  /** The outages in order; if there are many, the longest ones. */
  readonly outages: readonly ClientsOutage[];
  /** Who answered when, in order. */
  readonly spans: readonly ClientSpan[];
}

/** A person said that the clients were moved by hand. */
export interface HandMove {
  readonly to: PairSide;
  readonly by: string;
  readonly comment?: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface ClientSpan {
  /** `nobody`: the operations failed. */
  readonly servedBy: PairSide | 'nobody';
  readonly from: string;
  readonly to: string;
  readonly operations: number;
}

/** One `OpenBaoRestore`, as the operator ended it. */
export interface OperatorRestore {
  /** `held`: the operator did not report an outcome, and held its cluster until the drill asked it to go on. */
  readonly outcome: 'completed' | 'failed' | 'held';
  /** The operator's own words; a failed restore adds the last line of its Job's log. */
  readonly message: string;
  /** ISO 8601, by the operator's clock. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly name: string;
  readonly uid: string;
  /** Break-glass was used. */
  readonly forced: boolean;
  /** The plan's reason for it. */
  readonly forcedBecause?: string;
  /** The facts of the snapshot that the operator was asked to check before it restored. */
  readonly bound: readonly string[];
}

/** The signature over the report: SHA-256 and Ed25519 over its canonical JSON without this member. */
export interface ReportEvidence {
  /** Hex. */
  readonly sha256: string;
  /** Base64 of the 64 bytes. */
  readonly signature: string;
  /** PEM (SPKI). It proves nothing by itself: compare it with a key from elsewhere. */
  readonly publicKey: string;
  readonly algorithm: 'ed25519';
  readonly keyName: string;
  readonly keyVersion: number;
}

/** The report of a drill. Field names are part of the public contract. Holds no secret. */
export interface DrillReport {
  readonly schemaVersion: 2;
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
  /** Facts that people have to know although no check failed; absent if there are none. */
  readonly warnings?: readonly Warning[];
  readonly approvals: readonly Decision[];
  readonly ignoredMessages: readonly IgnoredMessage[];
  /** The number of ignored messages that are not listed. */
  readonly moreIgnoredMessages?: number;
  readonly snapshot?: Snapshot;
  readonly inspection?: SnapshotInspection;
  readonly equality?: StoreComparison;
  /** The account of the target's operator; the checks show whether the restore was applied. */
  readonly operatorRestore?: OperatorRestore;
  /** Digest of the evidence that people decided on, and the stake when they were asked. */
  readonly decidedOn?: { readonly sha256: string; readonly atStake?: AtStake };
  readonly rpo?: RecoveryPoint;
  readonly rto?: RecoveryTime;
  /** When the drill waited for people; absent if it never did. `timing` and `rto` set this time apart. */
  readonly humanWaits?: readonly HumanWait[];
  /** Reports of people that they moved the clients by hand. */
  readonly handMoves?: readonly HandMove[];
  /** The clients' way to the target, and back. */
  readonly cutover?: ClientsMoved;
  readonly revert?: ClientsMoved;
  /** Absent if the drill never took the clients' service away; if it could not be measured, `leftOut` says why. */
  readonly clients?: ClientsAccount;
  /** Absent in a report that could not be signed; `leftOut` then says why. */
  readonly evidence?: ReportEvidence;
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
  /** As in the report. */
  readonly warnings?: readonly Warning[];
  readonly approvals: readonly Decision[];
  readonly ignoredMessages: readonly IgnoredMessage[];
  readonly moreIgnoredMessages?: number;
  readonly waitingFor: WaitingForPerson | undefined;
  /** Reports so far of people that they moved the clients by hand. */
  readonly handMoves?: readonly HandMove[];
  readonly snapshot: Snapshot | undefined;
  /** Digest of the evidence that people decide on; set once the drill waits for an approval. */
  readonly evidence: { readonly sha256: string } | undefined;
  /** The loss of an approval; set once the drill waits for one. `lossIfApproved` computes it for a moment. */
  readonly atStake?: AtStake | undefined;
  /** The plan's objectives; set once the plan is accepted. */
  readonly objectives?: Objectives | undefined;
  /** Set once the drill has ended and its report is written. */
  readonly report: DrillReport | undefined;
}

/** The drill waits for a decision, or for a person to move the clients by hand. */
export interface WaitingForPerson {
  readonly what: 'approval' | 'cutover';
  /** With `cutover`: the side to move to. */
  readonly to?: PairSide;
  readonly since: string;
  readonly expiresAt: string;
  readonly approvers: readonly string[];
}
