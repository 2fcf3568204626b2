import type { ApprovalPolicy } from './plan.js';

/** A person's decision on the cutover, as recorded. */
export interface Decision {
  readonly decision: 'approve' | 'reject';
  readonly approver: string;
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

export type Judged = { readonly accepted: Omit<Decision, 'at' | 'via'> } | { readonly refused: string };

const longestName = 200;
const longestComment = 1000;

/**
 * Reads a decision out of whatever somebody sent and judges it by the policy. Never throws: a signal handler that throws
 * would leave the drill stuck, so a bad message is answered with why it does not count.
 */
export const judgeDecision = (
  decision: unknown,
  message: unknown,
  { waiting, policy }: { readonly waiting: boolean; readonly policy: ApprovalPolicy | undefined },
): Judged => {
  if (decision !== 'approve' && decision !== 'reject') return { refused: 'decision must be "approve" or "reject"' };
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return { refused: 'the message must be a JSON object with an "approver"' };
  }
  const { approver, comment, reason } = message as Record<string, unknown>;
  if (typeof approver !== 'string' || approver.trim() === '') return { refused: '"approver" is missing' };
  if (approver.length > longestName) return { refused: `"approver" is longer than ${longestName} characters` };
  const said = decision === 'approve' ? comment : (reason ?? comment);
  if (said !== undefined && typeof said !== 'string') return { refused: '"comment" or "reason" must be text' };
  if (said !== undefined && said.length > longestComment) {
    return { refused: `"comment" or "reason" is longer than ${longestComment} characters` };
  }
  if (!waiting || policy === undefined) return { refused: 'the drill is not waiting for an approval' };
  const name = approver.trim();
  if (policy.approvers.length > 0 && !policy.approvers.includes(name)) {
    return { refused: `the plan does not let ${JSON.stringify(name)} decide` };
  }
  return { accepted: { decision, approver: name, ...(said === undefined ? {} : { comment: said }) } };
};
