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

/** What `approveCutover` and `rejectCutover` carry. */
export interface ApproveMessage {
  readonly approver: string;
  /** SHA-256 of the evidence the person has seen: a drill that shows other evidence refuses the decision. */
  readonly evidence?: string;
  readonly comment?: string;
}
export interface RejectMessage {
  readonly approver: string;
  readonly evidence?: string;
  readonly reason?: string;
}
/** What `decideCutover` carries; it answers what was recorded, or is refused with the reason. */
export interface DecideMessage {
  readonly decision: 'approve' | 'reject';
  readonly approver: string;
  readonly evidence?: string;
  readonly comment?: string;
  /** Of a rejection, which is refused without one; `comment` does as well. */
  readonly reason?: string;
}
/** What `cutoverDone` and `reportCutoverDone` carry: a person has moved the clients by hand. The update answers what was recorded. */
export interface CutoverDoneMessage {
  readonly by: string;
  /** Where to; one that names the other side than the drill waits for is ignored. */
  readonly to?: 'source' | 'target';
  readonly comment?: string;
}
