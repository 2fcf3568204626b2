/** Waits for a change in a run, with one long poll of its history in place of many queries. */
import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';

export interface HistoryWatch {
  /**
   * Resolves once a worker has moved the run since the last call, or the run has ended; at the latest when the signal
   * aborts. The first call counts from the run's beginning.
   */
  moved(signal: AbortSignal): Promise<void>;
}

/** temporal.api.enums.v1.EventType: the events that can change a run's status. */
const moves: ReadonlySet<number> = new Set([
  7, // EVENT_TYPE_WORKFLOW_TASK_COMPLETED
  9, // EVENT_TYPE_WORKFLOW_TASK_FAILED
  2, // EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
  3, // EVENT_TYPE_WORKFLOW_EXECUTION_FAILED
  4, // EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT
  21, // EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED
  27, // EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED
]);

type Service = Pick<Client['workflow'], 'workflowService' | 'options' | 'connection'>;

/** The wait for the run's end retries an absent server, and reports it. */
const patienceMs = 60_000;
const pauseAfterFailureMs = 2_000;

export const watchHistory = (
  { workflowService, options: { namespace }, connection }: Service,
  { workflowId, runId }: { readonly workflowId: string; readonly runId?: string | undefined },
): HistoryWatch => {
  let nextPageToken: Uint8Array | undefined;
  let over = false;

  const poll = async (signal: AbortSignal): Promise<boolean> => {
    // Each call gets its own signal, because the client leaves a listener on it; a signal from AbortSignal.any may be collected
    // too soon.
    const call = new AbortController();
    const end = (): void => call.abort();
    signal.addEventListener('abort', end, { once: true });
    const answer = await connection
      .withAbortSignal(call.signal, () =>
        connection.withDeadline(Date.now() + patienceMs, () =>
          workflowService.getWorkflowExecutionHistory({
            namespace,
            execution: { workflowId, ...(runId !== undefined && { runId }) },
            waitNewEvent: true,
            ...(nextPageToken !== undefined && { nextPageToken }),
          }),
        ),
      )
      .finally(() => signal.removeEventListener('abort', end));
    over = (answer.nextPageToken ?? []).length === 0;
    if (!over) nextPageToken = answer.nextPageToken ?? undefined;
    return (answer.history?.events ?? []).some(({ eventType }) => moves.has(Number(eventType)));
  };

  return {
    async moved(signal) {
      while (!signal.aborted && !over) {
        try {
          if (await poll(signal)) return;
        } catch (error) {
          if (signal.aborted) return;
          if (!isGrpcServiceError(error)) throw error;
          await pause(pauseAfterFailureMs, signal);
        }
      }
      // The run is over.
      if (!signal.aborted) await aborted(signal);
    },
  };
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
