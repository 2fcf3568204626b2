import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Decision } from '../../../domain/approval/approval.js';
import {
  type ApproveMessage,
  type CutoverDoneMessage,
  type DecideMessage,
  messages,
  type RejectMessage,
} from '../../../domain/contract/contract.js';
import type { DrillStatus, HandMove } from '../../../domain/report/report.js';

/**
 * The drill's public messages, typed for clients. Handlers take `unknown`, because the Temporal CLI sends any text that was
 * typed.
 */
export const approveCutover = defineSignal<[ApproveMessage]>(messages.approve);
export const rejectCutover = defineSignal<[RejectMessage]>(messages.reject);
export const cutoverDone = defineSignal<[CutoverDoneMessage]>(messages.cutoverDone);
export const decideCutover = defineUpdate<Decision, [DecideMessage]>(messages.decide);
export const reportCutoverDone = defineUpdate<HandMove, [CutoverDoneMessage]>(messages.reportCutoverDone);
export const status = defineQuery<DrillStatus>(messages.status);
export const summary = defineQuery<string>(messages.summary);
