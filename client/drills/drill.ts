/** One drill, as its clients see it: asked, decided, cancelled and waited for, with failures in this program's words. */
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
  /** Undefined while no worker answers; {@link Drill.silence} then says why. */
  status(): Promise<DrillStatus | undefined>;
  /** Why nothing answered when the status was last asked for: read without a worker. Undefined if that cannot be found out. */
  silence(): Promise<Silence | undefined>;
  /** As {@link HistoryWatch.moved}: when the status may be another one. */
  moved(signal: AbortSignal): Promise<void>;
  /** The steps that are under way, as Temporal itself knows them: no worker has to answer. None if it cannot be asked. */
  pending(): Promise<readonly PendingStep[]>;
  /**
   * Decides with an answer; needs a worker.
   *
   * @throws KnownFailure `DecisionRefused`, saying why; `DrillNotFound`; `DecisionUnanswered`: it may still count.
   */
  decide(message: DecideMessage): Promise<Decision>;
  /** Leaves a decision for whenever a worker is there; nobody tells whether it counts. Throws as `decide`. */
  leaveDecision(message: DecideMessage): Promise<void>;
  /** Says that the clients were moved by hand, and answers what was recorded; needs a worker. Throws as `decide`. */
  clientsMoved(message: CutoverDoneMessage): Promise<HandMove>;
  /** Leaves that for whenever a worker is there; nobody tells whether it counts. Throws as `decide`. */
  leaveHandMove(message: CutoverDoneMessage): Promise<void>;
  /** Asks the drill to undo what it did and end. Does nothing once it has ended. */
  cancel(): Promise<void>;
  /**
   * Waits for the end.
   *
   * @param signal gives the waiting up: a call that is left on a connection is tried again after its end, and ends the process.
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
  /** By which people ask for it. */
  readonly lane: string;
  readonly runId?: string;
  readonly history: HistoryWatch;
  /** @param error with what its last query failed. */
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
      // No worker that could answer is there, or the workflow has not begun: whoever waits will ask again.
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
      // The client leaves a listener on it for each of its polls.
      setMaxListeners(0, signal);
      try {
        return (await client.withAbortSignal(signal, () => handle.result())) as DrillReport;
      } catch (error) {
        return await reportOf(error, { workflowId, lane }, status);
      }
    },
  };
};

/** The same words have the same id, so a second try of an update that was taken is answered as the first. */
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
    // Else the query may have it, for which the worker may have to load the drill first.
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

/** A drill's first phase is the first to touch anything. */
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
    // The server may have taken it all the same, and gives it to the next worker that is there.
    const sentence = `No answer came from drill ${workflowId}, so the decision may still count: look with \`openbao-dr status ${lane}\`, and if no worker is there, start one with \`openbao-dr dev\` or \`openbao-dr worker\`.`;
    return new KnownFailure('DecisionUnanswered', sentence, { cause: error });
  }
  return error;
};
