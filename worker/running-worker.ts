/** A worker that runs: how it is, and how it is brought to an end. */
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

/** Runs a worker, and `close`s what it stands on once it has ended, however it ended. */
export const runWorker = (worker: Worker, close: () => Promise<void>): RunningWorker => {
  const run = worker.run().finally(close);
  // Whoever waits for it is told; until somebody does, a failure must not end the process.
  run.catch(() => undefined);
  return {
    run,
    health: () => healthOf(worker),
    async shutdown() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await run;
    },
  };
};

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
