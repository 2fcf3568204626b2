/** Names that people and other programs type: task queue, workflow type, messages, ids. */
export const taskQueue = 'openbao-dr';
export const drillWorkflowType = 'drDrill';

export const messages = {
  approve: 'approveCutover',
  reject: 'rejectCutover',
  decide: 'decideCutover',
  status: 'status',
} as const;

/** One workflow id a lane: starting a second drill on it meets the first. */
export const drillWorkflowId = (lane: string): string => `dr-drill/${lane}`;

/** Search attributes, all of type Keyword. */
export const searchAttributeNames = { lane: 'DrillLane', phase: 'DrillPhase', result: 'DrillResult' } as const;

/** What `approveCutover` and `rejectCutover` carry. */
export interface ApproveMessage {
  readonly approver: string;
  readonly comment?: string;
}
export interface RejectMessage {
  readonly approver: string;
  readonly reason?: string;
}
/** What `decideCutover` carries; it answers what was recorded, or is refused with the reason. */
export interface DecideMessage {
  readonly decision: 'approve' | 'reject';
  readonly approver: string;
  readonly comment?: string;
}
