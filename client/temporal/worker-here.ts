/** A worker in this very process, for commands that bring what a drill needs. */
import { workflowBundle } from '../../worker/bundle.js';
import { type RunningWorker, startWorker } from '../../worker/run-worker.js';
import { installRuntime } from '../../worker/runtime.js';
import type { TemporalSettings } from '../../systems/temporal/connection-settings.js';
import type { Context, GlobalOptions } from '../context.js';
import type { Workspace } from '../workspace.js';

export type { RunningWorker } from '../../worker/run-worker.js';

export interface WorkerHereOptions {
  readonly settings: TemporalSettings;
  /** `drill`: only what must not be missed is logged, for the drill's own view tells the rest. */
  readonly logs: 'drill' | 'worker';
}

/** @throws KnownFailure as `startWorker`, or `WorkflowBundleMissing`. */
export const startWorkerHere = async (
  { version }: Context,
  { debug = false }: GlobalOptions,
  { stateFolder, tools }: Workspace,
  { settings, logs }: WorkerHereOptions,
): Promise<RunningWorker> => {
  const bundle = await workflowBundle();
  installRuntime({ logLevel: debug ? 'DEBUG' : logs === 'drill' ? 'ERROR' : 'INFO' });
  return startWorker({ settings, stateFolder, tools, version, bundle });
};
