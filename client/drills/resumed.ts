/** Finds the runs that a new worker goes on with. */
import type { TemporalSettings } from '../../systems/temporal/connection-settings.js';
import { type ClientConnection, connectClient } from '../../systems/temporal/connect.js';
import type { QueuesHere } from '../temporal/worker-here.js';
import { type FoundRun, listOpenRuns } from './find-runs.js';

/** The number of runs that are named; `list` shows all. */
const mostNamed = 20;

export interface Resumed {
  readonly runs: readonly FoundRun[];
  /** True if further runs exist. */
  readonly more: boolean;
}

/** Empty if the server does not list them, which must not keep the worker from working. */
export const findResumed = async (client: ClientConnection['client'], queues: QueuesHere): Promise<Resumed> => {
  const found = await listOpenRuns(client.workflow, queues, mostNamed + 1).catch(() => []);
  return { runs: found.slice(0, mostNamed), more: found.length > mostNamed };
};

/** Like {@link findResumed}, over a connection of its own. */
export const askResumed = async (settings: TemporalSettings, queues: QueuesHere): Promise<Resumed> => {
  const connected = await connectClient(settings).catch(() => undefined);
  if (connected === undefined) return { runs: [], more: false };
  try {
    return await findResumed(connected.client, queues);
  } finally {
    await connected.close();
  }
};

/** The output of `dev --json` and `worker --json` once they work. */
export interface WorkingFor {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly uiUrl?: string;
  readonly resumed: readonly FoundRun[];
  readonly moreResumed: boolean;
}

export const workingFor = (
  { address, namespace }: Pick<TemporalSettings, 'address' | 'namespace'>,
  { main: taskQueue }: Pick<QueuesHere, 'main'>,
  { runs: resumed, more: moreResumed }: Resumed,
  { uiUrl }: { readonly uiUrl?: string | undefined } = {},
): WorkingFor => ({ address, namespace, taskQueue, ...(uiUrl !== undefined && { uiUrl }), resumed, moreResumed });
