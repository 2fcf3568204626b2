import { CancellationScope, isCancellation, rootCause } from '@temporalio/workflow';
import type { RunRecord } from './record.js';
import type { Steps } from './steps.js';

/** The canary, the client that the run plays: it reads and writes in the background while the runbook goes on. */
export interface Canary {
  /** Does nothing if the canary already runs. */
  start(input: Parameters<Steps['runClient']>[0]): void;
  /** Resolves once the canary has ended and writes no more. */
  stop(): Promise<void>;
}

/** A canary that fails for good does not end the run: its measurements are missing, and the checks that need them fail. */
export const createCanary = (record: RunRecord, steps: Steps): Canary => {
  let running: { readonly scope: CancellationScope; readonly ended: Promise<void> } | undefined;
  return {
    start(input) {
      if (running !== undefined) return;
      const scope = new CancellationScope();
      const ended = scope
        .run(() => steps.runClient(input))
        .catch((error: unknown) => {
          if (!isCancellation(error)) record.leaveOut('client operations', rootCause(error) ?? String(error));
        })
        .finally(() => {
          if (running?.scope === scope) running = undefined;
        });
      running = { scope, ended };
    },
    async stop() {
      if (running === undefined) return;
      const { scope, ended } = running;
      scope.cancel();
      await ended;
    },
  };
};
