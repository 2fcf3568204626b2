/** One drill, as its clients see it: asked, decided, cancelled and waited for, with failures in this program's words. */
import {
  type Client,
  isGrpcServiceError,
  type WorkflowHandle,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import type { Decision } from '../../domain/approval.js';
import { type ApproveMessage, type DecideMessage, messages, type RejectMessage } from '../../domain/contract.js';
import { KnownFailure } from '../../domain/known-failure.js';
import type { DrillReport, DrillStatus } from '../../domain/report.js';

export interface Drill {
  readonly workflowId: string;
  readonly runId: string | undefined;
  /** Undefined while no worker answers. */
  status(): Promise<DrillStatus | undefined>;
  /**
   * Decides with an answer; needs a worker.
   *
   * @throws KnownFailure `DecisionRefused`, saying why; `DrillNotFound`; `NoWorkerAnswers` (a retry may help).
   */
  decide(message: DecideMessage): Promise<Decision>;
  /** Leaves a decision for whenever a worker is there; nobody tells whether it counts. */
  leaveDecision(message: DecideMessage): Promise<void>;
  /** Asks the drill to undo what it did and end. Does nothing once it has ended. */
  cancel(): Promise<void>;
  /**
   * Waits for the end.
   *
   * @throws KnownFailure of the workflow's own type if it ended without a report, like `InvalidPlan` or `DrillTerminated`.
   */
  report(): Promise<DrillReport>;
}

const statusTimeoutMs = 3_000;
const decideTimeoutMs = 15_000;
const mostStatusTries = 5;

export const openDrill = (client: Client, handle: WorkflowHandle, runId?: string): Drill => {
  const { workflowId } = handle;
  const within = <T>(timeoutMs: number, call: () => Promise<T>): Promise<T> =>
    client.withDeadline(Date.now() + timeoutMs, call);

  const status = async (): Promise<DrillStatus | undefined> => {
    try {
      return await within(statusTimeoutMs, () => handle.query<DrillStatus>(messages.status));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw notFound(workflowId);
      // Nobody who could answer is there, or the workflow has not begun: whoever waits will ask again.
      return undefined;
    }
  };

  return {
    workflowId,
    runId,
    status,
    async decide(message) {
      try {
        return await within(decideTimeoutMs, () =>
          handle.executeUpdate<Decision, [DecideMessage]>(messages.decide, { args: [message] }),
        );
      } catch (error) {
        throw asDecisionFailure(error, workflowId);
      }
    },
    async leaveDecision({ decision, approver, comment }) {
      const said = comment === undefined ? {} : decision === 'approve' ? { comment } : { reason: comment };
      try {
        await handle.signal<[ApproveMessage | RejectMessage]>(
          decision === 'approve' ? messages.approve : messages.reject,
          { approver, ...said },
        );
      } catch (error) {
        throw asDecisionFailure(error, workflowId);
      }
    },
    async cancel() {
      try {
        await handle.cancel();
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
    async report() {
      try {
        return (await handle.result()) as DrillReport;
      } catch (error) {
        return await reportOf(error, workflowId, status);
      }
    },
  };
};

const reportOf = async (
  error: unknown,
  workflowId: string,
  status: () => Promise<DrillStatus | undefined>,
): Promise<DrillReport> => {
  if (error instanceof WorkflowNotFoundError) throw notFound(workflowId);
  if (isGrpcServiceError(error)) {
    const sentence = `The Temporal server stopped answering: drill ${workflowId} goes on once it is back; follow it with \`openbao-dr watch\`.`;
    throw new KnownFailure('TemporalUnreachable', sentence, { retryable: true, cause: error });
  }
  if (!(error instanceof WorkflowFailedError)) throw error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const [report] = cause.details ?? [];
    if (cause.type === 'DrillFailed' && report !== undefined) return report as DrillReport;
    throw new KnownFailure(cause.type ?? 'DrillFailed', cause.message, { cause: error });
  }
  if (cause instanceof CancelledFailure) {
    // Only the query still has the report, for which the worker may have to load the drill first.
    for (let tries = 0; tries < mostStatusTries; tries += 1) {
      const report = (await status())?.report;
      if (report !== undefined) return report;
    }
    throw new KnownFailure('DrillCancelled', `Drill ${workflowId} was cancelled before it began: nothing was touched.`);
  }
  if (cause instanceof TerminatedFailure) {
    const sentence = `Drill ${workflowId} was terminated, so nothing was undone: look at its lane, and take it down with \`openbao-dr down\`.`;
    throw new KnownFailure('DrillTerminated', sentence, { cause: error });
  }
  throw error;
};

const notFound = (workflowId: string): KnownFailure =>
  new KnownFailure('DrillNotFound', `No drill ${workflowId} runs: \`openbao-dr list\` shows what there is.`);

const asDecisionFailure = (error: unknown, workflowId: string): unknown => {
  if (error instanceof WorkflowNotFoundError) return notFound(workflowId);
  if (error instanceof WorkflowUpdateFailedError) {
    const why = error.cause?.message ?? error.message;
    return new KnownFailure('DecisionRefused', `The decision was refused: ${why}.`, { cause: error });
  }
  const timedOut = error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';
  if (timedOut || isGrpcServiceError(error)) {
    const sentence = `No worker answers for drill ${workflowId}: start one with \`openbao-dr dev\` or \`openbao-dr worker\`, then decide again.`;
    return new KnownFailure('NoWorkerAnswers', sentence, { retryable: true, cause: error });
  }
  return error;
};
