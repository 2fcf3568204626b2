import { ActivityFailure, ApplicationFailure, isCancellation, rootCause } from '@temporalio/workflow';
import { approvalExpired, cutoverRejected } from '../../domain/approval/approval.js';
import type { Ending } from '../../domain/run/conclusion.js';
import { checkFailed, type RunRecord } from './record.js';

/** The ending of the run after an error that ended the phases. */
export const endingOf = (error: unknown, record: RunRecord): Ending => {
  if (isCancellation(error) || failedWhileCancelled(error)) {
    return { result: 'cancelled', reason: `Cancelled during ${record.status().phase}` };
  }
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  const message = rootCause(error) ?? String(error);
  if (type === cutoverRejected) return { result: 'rejected', reason: message };
  if (type === approvalExpired) return { result: 'expired', reason: message };
  if (type === checkFailed) return { result: 'failed', reason: message };
  return { result: 'failed', reason: `The phase ${record.status().phase} failed: ${message}` };
};

/** A step that would have been tried again, had the run not been cancelled: a download that Ctrl-C ended, say. */
const failedWhileCancelled = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED';
