import type { ApprovalPolicy } from './plan.js';
import type { PairSide } from './topology.js';

/** A person's decision on the cutover, as recorded. */
export interface Decision {
  readonly decision: 'approve' | 'reject';
  readonly approver: string;
  /** Digest of the evidence the person named, hex; absent if none was named. */
  readonly evidenceSha256?: string;
  /** What the person said: a comment to an approval, the reason of a rejection. */
  readonly comment?: string;
  /** ISO 8601. */
  readonly at: string;
  readonly via: 'signal' | 'update';
}

/** A message that changed nothing, and why. Its content is not kept: it may be anything. */
export interface IgnoredMessage {
  readonly message: string;
  readonly why: string;
  readonly at: string;
}

/** Types of the failures that end a drill by a person's decision, or for want of one. */
export const cutoverRejected = 'CutoverRejected';
export const approvalExpired = 'ApprovalExpired';

export type Judged = { readonly accepted: Omit<Decision, 'at' | 'via'> } | { readonly refused: string };

/** What a decision is judged by. */
export interface Deciding {
  readonly waiting: boolean;
  readonly policy: ApprovalPolicy | undefined;
  /** Digest of the evidence the drill shows, hex. */
  readonly evidenceSha256: string | undefined;
}

const longestName = 200;
const longestComment = 1000;

/**
 * Reads a decision out of whatever somebody sent and judges it by the policy. Never throws: a signal handler that throws
 * would leave the drill stuck, so a bad message is answered with why it does not count.
 */
export const judgeDecision = (
  decision: unknown,
  message: unknown,
  { waiting, policy, evidenceSha256 }: Deciding,
): Judged => {
  if (decision !== 'approve' && decision !== 'reject') return { refused: 'decision must be "approve" or "reject"' };
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return { refused: 'the message must be a JSON object with an "approver"' };
  }
  const { approver, comment, reason, evidence } = message as Record<string, unknown>;
  if (typeof approver !== 'string' || approver.trim() === '') return { refused: '"approver" is missing' };
  if (approver.length > longestName) return { refused: `"approver" is longer than ${longestName} characters` };
  const said = decision === 'approve' ? comment : (reason ?? comment);
  if (said !== undefined && typeof said !== 'string') return { refused: '"comment" or "reason" must be text' };
  if (said !== undefined && said.length > longestComment) {
    return { refused: `"comment" or "reason" is longer than ${longestComment} characters` };
  }
  if (!waiting || policy === undefined) return { refused: 'the drill is not waiting for an approval' };
  // A rejection counts whatever it was given on.
  if (
    decision === 'approve' &&
    evidence !== undefined &&
    (typeof evidence !== 'string' || evidence.toLowerCase() !== evidenceSha256)
  ) {
    return {
      refused: `"evidence" is not the digest of the evidence this drill shows (${evidenceSha256 ?? 'none yet'})`,
    };
  }
  const name = approver.trim();
  if (policy.approvers.length > 0 && !policy.approvers.includes(name)) {
    return { refused: `the plan does not let ${JSON.stringify(name)} decide` };
  }
  return {
    accepted: {
      decision,
      approver: name,
      ...(typeof evidence === 'string' ? { evidenceSha256: evidence.toLowerCase() } : {}),
      ...(said === undefined ? {} : { comment: said }),
    },
  };
};

/** Reads who moved the clients by hand out of whatever somebody sent. Never throws, as {@link judgeDecision}. */
export const judgeHandMove = (
  message: unknown,
  { waiting, to }: { readonly waiting: boolean; readonly to?: PairSide | undefined },
): { readonly accepted: { readonly by: string; readonly comment?: string } } | { readonly refused: string } => {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return { refused: 'the message must be a JSON object with "by"' };
  }
  const { by, comment, to: named } = message as Record<string, unknown>;
  if (typeof by !== 'string' || by.trim() === '') return { refused: '"by" is missing' };
  if (by.length > longestName) return { refused: `"by" is longer than ${longestName} characters` };
  if (comment !== undefined && (typeof comment !== 'string' || comment.length > longestComment)) {
    return { refused: `"comment" must be text of at most ${longestComment} characters` };
  }
  if (!waiting) return { refused: 'the drill is not waiting for clients to be moved' };
  if (named !== undefined && named !== to) return { refused: `the drill waits for clients to be moved to the ${to}` };
  return { accepted: { by: by.trim(), ...(comment === undefined ? {} : { comment }) } };
};
