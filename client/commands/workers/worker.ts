/** `openbao-dr worker`: runs a worker for the Temporal server that the settings name, until a signal stops it. */
import { taskQueueIn } from '../../../domain/contract/queues.js';
import { healthAddressIn, healthPortIn, startHealthServer } from '../../../worker/health-server.js';
import { loadTemporalSettings } from '../../../systems/temporal/connection-settings.js';
import { type Context, type ExitCode, type GlobalOptions, progressTo, writeJson } from '../../cli/context.js';
import { aborted } from '../../cli/interruption.js';
import { askResumed, workingFor } from '../../drills/resumed.js';
import { queuesHere, startWorkerHere } from '../../temporal/worker-here.js';
import { renderResumed } from '../../views/run/resumed-view.js';
import { openWorkspace } from '../../cli/workspace.js';

interface WorkerOptions extends GlobalOptions {
  readonly json?: boolean;
}

/** Running steps get the worker's grace time to end; a second signal ends it at once. */
export const runWorker = async (context: Context, { json = false, ...options }: WorkerOptions): Promise<ExitCode> => {
  const { environment, interruption } = context;
  interruption.stopOnHangUp();
  const tell = progressTo(context, options);
  const settings = loadTemporalSettings(environment);
  const healthPort = healthPortIn(environment);
  const workspace = await openWorkspace(context, options, tell, { builds: true });
  const worker = await startWorkerHere(context, options, workspace, { settings, logLevel: 'INFO', tell });
  const health =
    healthPort === undefined
      ? undefined
      : await startHealthServer({
          port: healthPort,
          host: healthAddressIn(environment),
          health: () => worker.health(),
        });
  tell(
    `Working for Temporal at ${settings.address}, namespace ${settings.namespace}, task queue ${taskQueueIn(environment)}, with the lanes of ${workspace.stateFolder.root}.`,
  );
  const queues = queuesHere(context, workspace);
  const resumed = await askResumed(settings, queues);
  for (const line of renderResumed(resumed, Date.now())) tell(line);
  if (json) writeJson(context.stdout, workingFor(settings, queues, resumed));
  try {
    await Promise.race([aborted(interruption.first), worker.run]);
    tell('Stopping: running steps may end.');
    await Promise.race([worker.shutdown(), aborted(interruption.second)]);
  } finally {
    await health?.close();
  }
  return 0;
};
