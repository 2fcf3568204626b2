import { oneLine } from './messages/one-line.js';
import { Unreadable } from './messages/unreadable.js';
import type { ApprovalPolicy } from '../plan/plan.js';
import type { PairSide } from '../pair/topology.js';

/** A person's decision on the cutover, as recorded. */
export interface Decision {
  readonly decision: 'approve' | 'reject';
  readonly approver: string;
  /** Digest of the evidence the person named, hex; absent if none was named. */
  readonly evidenceSha256?: string;
  /** The person's words: a comment to an approval, the reason of a rejection. */
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

/** Types of the failures that end a drill by a person's decision, or because no decision came. */
export const cutoverRejected = 'CutoverRejected';
export const approvalExpired = 'ApprovalExpired';

export type Judged = { readonly accepted: Omit<Decision, 'at' | 'via'> } | { readonly refused: string };

/** The facts that a decision is judged by. */
export interface Deciding {
  readonly waiting: boolean;
  readonly policy: ApprovalPolicy | undefined;
  /** Digest of the evidence the drill shows, hex. */
  readonly evidenceSha256: string | undefined;
  /** An update gets an answer, so it is judged more strictly than a signal. */
  readonly via: Decision['via'];
}

const longestName = 200;
const longestComment = 1000;
const digest = /^[0-9a-f]{64}$/;

/**
 * Reads a decision from a message and judges it by the policy. Never throws: a signal handler that throws would leave the drill
 * stuck, so the answer to a bad message says why it does not count.
 *
 * Every member is judged and bounded. A rejection that comes as a signal counts even if its reason is missing or too long, or
 * its evidence is no digest: it must never be lost, and a signal gets no answer. Its wrong members are left out.
 */
export const judgeDecision = (decision: unknown, message: unknown, deciding: Deciding): Judged => {
  if (message instanceof Unreadable) return { refused: `the message ${message.why}` };
  if (decision !== 'approve' && decision !== 'reject') return { refused: 'decision must be "approve" or "reject"' };
  if (!isObject(message)) return { refused: 'the message must be a JSON object with an "approver"' };
  const { waiting, policy } = deciding;
  const named = judgeName('approver', message['approver']);
  if ('refused' in named) return named;
  const said = decision === 'approve' ? judgeComment(message['comment']) : judgeReason(message, deciding);
  if ('refused' in said) return said;
  if (!waiting || policy === undefined) return { refused: 'the drill is not waiting for an approval' };
  const seen = judgeEvidence(decision, message['evidence'], deciding);
  if ('refused' in seen) return seen;
  const { name } = named;
  if (policy.approvers.length > 0 && !policy.approvers.includes(name)) {
    return { refused: `the plan does not let ${JSON.stringify(name)} decide` };
  }
  return {
    accepted: {
      decision,
      approver: name,
      ...(seen.evidence === undefined ? {} : { evidenceSha256: seen.evidence }),
      ...(said.said === undefined ? {} : { comment: said.said }),
    },
  };
};

type Refused = { readonly refused: string };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const judgeName = (member: string, name: unknown): { readonly name: string } | Refused => {
  if (typeof name !== 'string' || name.trim() === '') return { refused: `"${member}" is missing` };
  if (name.length > longestName) return { refused: `"${member}" is longer than ${longestName} characters` };
  const trimmed = name.trim();
  if (trimmed !== oneLine(trimmed, longestName))
    return { refused: `"${member}" must be one line without control characters` };
  return { name: trimmed };
};

const judgeComment = (said: unknown): { readonly said: string | undefined } | Refused => {
  if (said !== undefined && typeof said !== 'string') return { refused: '"comment" or "reason" must be text' };
  if (said !== undefined && said.length > longestComment) {
    return { refused: `"comment" or "reason" is longer than ${longestComment} characters` };
  }
  return { said };
};

const judgeReason = (
  { reason, comment }: Readonly<Record<string, unknown>>,
  { via }: Deciding,
): { readonly said: string | undefined } | Refused => {
  const why = reason ?? comment;
  if (via === 'signal') return { said: typeof why === 'string' ? cut(why, longestComment) : undefined };
  if (why === undefined || (typeof why === 'string' && why.trim() === '')) {
    return { refused: '"reason" is missing: say why you reject' };
  }
  return judgeComment(why);
};

const judgeEvidence = (
  decision: Decision['decision'],
  evidence: unknown,
  { evidenceSha256, via }: Deciding,
): { readonly evidence: string | undefined } | Refused => {
  if (evidence === undefined) return { evidence };
  const named = typeof evidence === 'string' && evidence.length <= 64 ? evidence.toLowerCase() : '';
  if (named !== '' && named === evidenceSha256) return { evidence: named };
  if (decision === 'approve') {
    return {
      refused: `"evidence" is not the digest of the evidence this drill shows (${evidenceSha256 ?? 'none yet'})`,
    };
  }
  // A rejection counts whatever evidence it names, and the report keeps digests only.
  if (digest.test(named)) return { evidence: named };
  return via === 'signal' ? { evidence: undefined } : { refused: '"evidence" must be a SHA-256 of 64 hex digits' };
};

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;

/** Reads from a message who moved the clients by hand. Like {@link judgeDecision}, it never throws. */
export const judgeHandMove = (
  message: unknown,
  { waiting, to }: { readonly waiting: boolean; readonly to?: PairSide | undefined },
): { readonly accepted: { readonly by: string; readonly comment?: string } } | { readonly refused: string } => {
  if (message instanceof Unreadable) return { refused: `the message ${message.why}` };
  if (!isObject(message)) return { refused: 'the message must be a JSON object with "by"' };
  const { comment, to: named } = message;
  const by = judgeName('by', message['by']);
  if ('refused' in by) return by;
  if (comment !== undefined && (typeof comment !== 'string' || comment.length > longestComment)) {
    return { refused: `"comment" must be text of at most ${longestComment} characters` };
  }
  if (!waiting) return { refused: 'the drill is not waiting for clients to be moved' };
  if (named !== undefined && named !== to) return { refused: `the drill waits for clients to be moved to the ${to}` };
  return { accepted: { by: by.name, ...(comment === undefined ? {} : { comment }) } };
};
