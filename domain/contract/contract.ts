/** Names that people and other programs type: task queue, workflow type, messages, ids. */
export const taskQueue = 'openbao-dr';
export const drillWorkflowType = 'drDrill';

export const messages = {
  approve: 'approveCutover',
  reject: 'rejectCutover',
  decide: 'decideCutover',
  cutoverDone: 'cutoverDone',
  reportCutoverDone: 'reportCutoverDone',
  status: 'status',
  summary: 'summary',
} as const;

/** One workflow id a lane: starting a second drill on it meets the first. */
export const drillWorkflowId = (lane: string): string => `dr-drill/${lane}`;

/** Search attributes, all of type Keyword. */
export const searchAttributeNames = { lane: 'DrillLane', phase: 'DrillPhase', result: 'DrillResult' } as const;

/** The content of `approveCutover` and `rejectCutover`. */
export interface ApproveMessage {
  readonly approver: string;
  /** SHA-256 of the evidence that the person has seen: a drill that shows other evidence refuses the decision. */
  readonly evidence?: string;
  readonly comment?: string;
}
export interface RejectMessage {
  readonly approver: string;
  readonly evidence?: string;
  readonly reason?: string;
}
/** The content of `decideCutover`, which returns the recorded decision or is refused with the reason. */
export interface DecideMessage {
  readonly decision: 'approve' | 'reject';
  readonly approver: string;
  readonly evidence?: string;
  readonly comment?: string;
  /** A rejection needs one, and accepts `comment` in its place. */
  readonly reason?: string;
}
/**
 * The content of `cutoverDone` and `reportCutoverDone`: a person has moved the clients by hand. The update returns the recorded
 * move.
 */
export interface CutoverDoneMessage {
  readonly by: string;
  /** The side that the clients were moved to; a message that names another side than the drill waits for is ignored. */
  readonly to?: 'source' | 'target';
  readonly comment?: string;
}
