/** `openbao-dr dev`: Temporal with its UI and a worker, in one process that one Ctrl-C ends. */
import { defaultLane } from '../../../domain/plan/plan.js';
import { drillWorkflowId, drillWorkflowType } from '../../../domain/contract/contract.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import { taskQueueIn } from '../../../domain/contract/queues.js';
import { isFound, type ToolBox } from '../../../systems/tools/index.js';
import {
  type Context,
  type ExitCode,
  type GlobalOptions,
  progressTo,
  writeJson,
  writeLine,
} from '../../cli/context.js';
import { aborted } from '../../cli/interruption.js';
import { findResumed, workingFor } from '../../drills/resumed.js';
import { bringOwnServer, type TemporalServer } from '../../temporal/servers.js';
import { queuesHere, startWorkerHere } from '../../temporal/worker-here.js';
import { renderResumed } from '../../views/run/resumed-view.js';
import { serverFlags } from '../../views/run/signal-command.js';
import { shellWord } from '../../views/text.js';
import { openWorkspace } from '../../cli/workspace.js';

interface DevOptions extends GlobalOptions {
  readonly port?: number;
  readonly uiPort?: number;
  readonly json?: boolean;
}

export const runDev = async (
  context: Context,
  { port, uiPort, json = false, ...options }: DevOptions,
): Promise<ExitCode> => {
  const { interruption, stdout } = context;
  if (port !== undefined && port === uiPort) {
    const sentence = `--port and --ui-port both name ${port}: give the UI a port of its own.`;
    throw new KnownFailure('PortsClash', sentence);
  }
  interruption.stopOnHangUp();
  const tell = progressTo(context, options);
  const workspace = await openWorkspace(context, options, tell, { builds: true });
  const signal = interruption.first;
  const server = await bringOwnServer(workspace, { port, uiPort, onProgress: tell, signal });
  try {
    const worker = await startWorkerHere(context, options, workspace, { settings: server.settings, logLevel: 'WARN' });
    try {
      const queues = queuesHere(context, workspace);
      const resumed = await findResumed(server.client, queues);
      for (const line of renderResumed(resumed, Date.now())) tell(line);
      if (json) writeJson(stdout, workingFor(server.settings, queues, resumed, { uiUrl: server.uiUrl }));
      else writeLine(stdout, await describe(context, server, workspace.tools));
      await Promise.race([aborted(signal), worker.run]);
    } finally {
      if (!interruption.second.aborted) {
        tell(`Stopping: running steps may end, then the server unless others use it.`);
        await Promise.race([worker.shutdown(), aborted(interruption.second)]);
      }
    }
    return 0;
  } finally {
    await server.close();
  }
};

const describe = async ({ environment }: Context, server: TemporalServer, tools: ToolBox): Promise<string> => {
  const { address, namespace } = server.settings;
  const found = await tools.find('temporal').catch(() => undefined);
  const temporal = found !== undefined && isFound(found) && found.source !== 'path' ? found.path : 'temporal';
  const start = [
    shellWord(temporal),
    'workflow start',
    ...serverFlags({ address, namespace, environment }),
    `--type ${drillWorkflowType}`,
    `--task-queue ${shellWord(taskQueueIn(environment))}`,
    `--workflow-id ${drillWorkflowId(defaultLane)}`,
    `--input ${shellWord('{"lane":"local"}')}`,
  ].join(' ');
  return [
    `Temporal is at ${address}, its UI at ${server.uiUrl}, and a worker runs here. Ctrl-C stops both.`,
    'Start a drill with `openbao-dr drill`, or with:',
    `  ${start}`,
  ].join('\n');
};
