/** The worker and the server that a command brings, and that go when it is over. */
import type { Context, GlobalOptions } from '../cli/context.js';
import type { TemporalServer } from '../temporal/servers.js';
import { type QueuesHere, type RunningWorker, startWorkerHere } from '../temporal/worker-here.js';
import type { DrillView } from '../views/run/drill-view.js';
import type { Workspace } from '../cli/workspace.js';
import type { Drills } from '../drills/drills.js';

export interface Crew {
  hasWorker(): boolean;
  bringWorker(): Promise<void>;
  /** Rejects if the worker fails. */
  readonly failed: Promise<never>;
  leave(view: DrillView): Promise<void>;
}

/** @param server is closed when the crew leaves. */
export const createCrew = (
  context: Context,
  options: GlobalOptions,
  workspace: Workspace,
  server: TemporalServer,
): Crew => {
  let worker: RunningWorker | undefined;
  let fail!: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  return {
    failed,
    hasWorker: () => worker !== undefined,
    async bringWorker() {
      // The drill's own view shows the rest.
      worker = await startWorkerHere(context, options, workspace, { settings: server.settings, logLevel: 'ERROR' });
      worker.run.catch(fail);
    },
    async leave(view) {
      const gone = (error: unknown): void => view.note(`Could not leave in good order: ${describe(error)}`);
      // A process that leaves at once does not wait for activities: another worker retries them.
      if (!context.interruption.second.aborted) await worker?.shutdown().catch(gone);
      await server.close().catch(gone);
    },
  };
};

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether the server knows no worker that could run this folder's drills. */
export const needsWorker = async (server: TemporalServer, drills: Drills, queues: QueuesHere): Promise<boolean> =>
  server.own || !(await drills.haveWorker(queues));
