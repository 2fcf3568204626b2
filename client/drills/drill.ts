/** One drill, seen from outside: it is queried, decided, cancelled and waited for, with failures in this program's words. */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  type Client,
  isGrpcServiceError,
  type WorkflowHandle,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import type { Decision } from '../../domain/approval/approval.js';
import {
  type ApproveMessage,
  type CutoverDoneMessage,
  type DecideMessage,
  messages,
  type RejectMessage,
} from '../../domain/contract/contract.js';
import { KnownFailure } from '../../domain/known-failure.js';
import type { DrillReport, DrillStatus, HandMove } from '../../domain/report/report.js';
import type { HistoryWatch } from './history-watch.js';
import type { Silence } from './silence.js';
import { type PendingStep, pendingSteps } from './pending-steps.js';

export interface Drill {
  readonly workflowId: string;
  readonly runId: string | undefined;
  /** Undefined while no worker answers; {@link Drill.silence} then explains it. */
  status(): Promise<DrillStatus | undefined>;
  /** The reason why no worker answered the last query, read without a worker. Undefined if the reason is unknown. */
  silence(): Promise<Silence | undefined>;
  /** Like {@link HistoryWatch.moved}: resolves when the status may have changed. */
  moved(signal: AbortSignal): Promise<void>;
  /** The running steps, as Temporal knows them without a worker. Empty if Temporal does not answer. */
  pending(): Promise<readonly PendingStep[]>;
  /**
   * Decides with an answer; needs a worker.
   *
   * @throws KnownFailure `DecisionRefused` with the reason; `DrillNotFound`; `DecisionUnanswered`: the decision may still
   *   count.
   */
  decide(message: DecideMessage): Promise<Decision>;
  /** Leaves a decision for the next worker, without an answer whether it counts. Throws like `decide`. */
  leaveDecision(message: DecideMessage): Promise<void>;
  /** Reports that the clients were moved by hand, and returns the record; needs a worker. Throws like `decide`. */
  clientsMoved(message: CutoverDoneMessage): Promise<HandMove>;
  /** Leaves that report for the next worker, without an answer whether it counts. Throws like `decide`. */
  leaveHandMove(message: CutoverDoneMessage): Promise<void>;
  /** Asks the drill to undo its steps and end. Does nothing once it has ended. */
  cancel(): Promise<void>;
  /**
   * Waits for the end.
   *
   * @param signal ends the wait: a call that outlives its connection is retried, and ends the process.
   * @throws KnownFailure of the workflow's own type if it ended without a report, like `InvalidPlan` or `DrillTerminated`.
   */
  report(signal?: AbortSignal): Promise<DrillReport>;
}

interface Named {
  readonly workflowId: string;
  readonly lane: string;
}

const statusTimeoutMs = 3_000;
const decideTimeoutMs = 15_000;
const mostStatusTries = 5;

interface DrillNames {
  /** The name by which people ask for it. */
  readonly lane: string;
  readonly runId?: string;
  readonly history: HistoryWatch;
  /** @param error the failure of its last query. */
  readonly explain: (error: unknown) => Promise<Silence>;
}

export const openDrill = (
  client: Pick<Client, 'withDeadline' | 'withAbortSignal'>,
  handle: Pick<WorkflowHandle, 'workflowId' | 'query' | 'describe' | 'executeUpdate' | 'signal' | 'cancel' | 'result'>,
  { lane, runId, history, explain }: DrillNames,
): Drill => {
  const { workflowId } = handle;
  const within = <T>(timeoutMs: number, call: () => Promise<T>): Promise<T> =>
    client.withDeadline(Date.now() + timeoutMs, call);

  let unanswered: unknown;
  const status = async (): Promise<DrillStatus | undefined> => {
    try {
      return await within(statusTimeoutMs, () => handle.query<DrillStatus>(messages.status));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw notFound(workflowId);
      // No worker can answer, or the workflow has not begun: the caller asks again.
      unanswered = error;
      return undefined;
    }
  };

  return {
    workflowId,
    runId,
    status,
    silence: () => explain(unanswered).catch(() => undefined),
    moved: (signal) => history.moved(signal),
    async pending() {
      try {
        return pendingSteps(await within(statusTimeoutMs, () => handle.describe()));
      } catch {
        return [];
      }
    },
    async decide(message) {
      try {
        return await within(decideTimeoutMs, () =>
          handle.executeUpdate<Decision, [DecideMessage]>(messages.decide, {
            args: [message],
            updateId: idOf(message.decision, message.approver, message.evidence),
          }),
        );
      } catch (error) {
        throw asDecisionFailure(error, { workflowId, lane });
      }
    },
    async leaveDecision({ decision, approver, comment, reason = comment, evidence }) {
      const said = {
        ...(reason === undefined ? {} : decision === 'approve' ? { comment: reason } : { reason }),
        ...(evidence === undefined ? {} : { evidence }),
      };
      try {
        await handle.signal<[ApproveMessage | RejectMessage]>(
          decision === 'approve' ? messages.approve : messages.reject,
          { approver, ...said },
        );
      } catch (error) {
        throw asDecisionFailure(error, { workflowId, lane });
      }
    },
    async clientsMoved(message) {
      try {
        return await within(decideTimeoutMs, () =>
          handle.executeUpdate<HandMove, [CutoverDoneMessage]>(messages.reportCutoverDone, {
            args: [message],
            updateId: idOf('moved', message.by, message.to),
          }),
        );
      } catch (error) {
        throw asDecisionFailure(error, { workflowId, lane });
      }
    },
    async leaveHandMove(message) {
      try {
        await handle.signal<[CutoverDoneMessage]>(messages.cutoverDone, message);
      } catch (error) {
        throw asDecisionFailure(error, { workflowId, lane });
      }
    },
    async cancel() {
      try {
        await handle.cancel();
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
    async report(signal = new AbortController().signal) {
      // The client adds a listener to it for each of its polls.
      setMaxListeners(0, signal);
      try {
        return (await client.withAbortSignal(signal, () => handle.result())) as DrillReport;
      } catch (error) {
        return await reportOf(error, { workflowId, lane }, status);
      }
    },
  };
};

/** The same words have the same id, so a repeated update gets the first answer. */
const idOf = (...words: readonly (string | undefined)[]): string =>
  createHash('sha256')
    .update(JSON.stringify(words.map((word) => word ?? null)))
    .digest('hex');

const reportOf = async (
  error: unknown,
  { workflowId, lane }: Named,
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
    const [report] = (cause.details as unknown[] | undefined) ?? [];
    if (report !== undefined) return report as DrillReport;
    // Otherwise the query may know it, for which the worker may have to load the drill first.
    let last: DrillStatus | undefined;
    for (let tries = 0; tries < mostStatusTries && last === undefined; tries += 1) last = await status();
    if (last?.report !== undefined) return last.report;
    throw new KnownFailure('DrillCancelled', `Drill ${workflowId} was cancelled${cancelledHow(last, lane)}`);
  }
  if (cause instanceof TerminatedFailure) {
    const sentence = `Drill ${workflowId} was terminated, so nothing was undone: give clients back and keep the data with \`openbao-dr undo ${lane}\`, or take the lane down with \`openbao-dr down ${lane}\`.`;
    throw new KnownFailure('DrillTerminated', sentence, { cause: error });
  }
  throw error;
};

/** A drill touches nothing before its first phase. */
const cancelledHow = (status: DrillStatus | undefined, lane: string): string => {
  if (status === undefined) {
    return `, and no worker answers to tell its report: start one with \`openbao-dr dev\` or \`openbao-dr worker\`, then look with \`openbao-dr status ${lane}\`.`;
  }
  if (status.phases.length === 0) return ' before its first phase: nothing was touched.';
  return ` during ${status.phase} and left no report: give clients back and keep the data with \`openbao-dr undo ${lane}\`, or take the lane down with \`openbao-dr down ${lane}\`.`;
};

const notFound = (workflowId: string): KnownFailure =>
  new KnownFailure('DrillNotFound', `No drill ${workflowId} runs: \`openbao-dr list\` shows what there is.`);

const asDecisionFailure = (error: unknown, { workflowId, lane }: Named): unknown => {
  if (error instanceof WorkflowNotFoundError) return notFound(workflowId);
  if (error instanceof WorkflowUpdateFailedError) {
    const why = error.cause?.message ?? error.message;
    return new KnownFailure('DecisionRefused', `The decision was refused: ${why}.`, { cause: error });
  }
  const timedOut = error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';
  if (timedOut || isGrpcServiceError(error)) {
    // The server may still have accepted it, and gives it to the next worker.
    const sentence = `No answer came from drill ${workflowId}, so the decision may still count: look with \`openbao-dr status ${lane}\`, and if no worker is there, start one with \`openbao-dr dev\` or \`openbao-dr worker\`.`;
    return new KnownFailure('DecisionUnanswered', sentence, { cause: error });
  }
  return error;
};
