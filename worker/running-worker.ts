/** The running workers of this process: their health, and their end. */
import type { Worker } from '@temporalio/worker';

/** `ready`: it takes tasks. `stopping`: it finishes the ones it has. */
export type WorkerHealth = 'ready' | 'stopping' | 'stopped' | 'failed';

export interface RunningWorker {
  /** Settles when the worker has ended; rejects if it failed. */
  readonly run: Promise<void>;
  health(): WorkerHealth;
  /** Takes no new tasks, lets running activities end within the grace time, and closes the connection. Safe to repeat. */
  shutdown(): Promise<void>;
}

/**
 * Runs the workers of this process as one: if one fails, the others stop as well. Calls `close` once all have ended, however
 * they ended.
 */
export const runWorkers = (workers: readonly Worker[], close: () => Promise<void>): RunningWorker => {
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const running = workers.map((worker) =>
    worker.run().catch((error: unknown) => {
      stop();
      throw error;
    }),
  );
  const run = allEnded(running).finally(close);
  // A waiter gets the failure; until there is one, the failure must not end the process.
  run.catch(() => undefined);
  return {
    run,
    health: () => worst.find((health) => workers.some((worker) => healthOf(worker) === health)) ?? 'stopped',
    async shutdown() {
      stop();
      await run;
    },
  };
};

/** Nothing may be closed under a worker that still runs, so the failure of one is reported when the last has ended. */
const allEnded = async (running: readonly Promise<void>[]): Promise<void> => {
  const failed = (await Promise.allSettled(running)).find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
};

const worst = ['failed', 'stopping', 'stopped', 'ready'] as const satisfies readonly WorkerHealth[];

const healthOf = (worker: Worker): WorkerHealth => {
  switch (worker.getState()) {
    case 'INITIALIZED':
    case 'RUNNING':
      return 'ready';
    case 'STOPPED':
      return 'stopped';
    case 'FAILED':
      return 'failed';
    default:
      return 'stopping';
  }
};
