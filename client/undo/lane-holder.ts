/** Finds whether a lane's drill is over, for commands that must not run beside one. */
import { isKnownFailure } from '../../domain/known-failure.js';
import type { LaneHolder } from '../../activities/ports/reservations.js';
import { readClusterId } from '../../systems/temporal/connect.js';
import { askWhetherRunning } from '../../worker/holder-runs.js';
import type { Context } from '../cli/context.js';
import { findServer } from '../temporal/servers.js';
import type { Workspace } from '../cli/workspace.js';

/** @returns `unknown` while the Temporal server that ran the drill does not answer here. */
export const askHolder = async (
  context: Context,
  workspace: Pick<Workspace, 'stateFolder'>,
  holder: LaneHolder,
): Promise<boolean | 'unknown'> => {
  const server = await findServer(context, workspace).catch((error: unknown) => {
    if (isKnownFailure(error, 'TemporalUnreachable')) return undefined;
    throw error;
  });
  if (server === undefined) return 'unknown';
  try {
    const { connection, settings } = server;
    const temporalClusterId = await readClusterId(connection, settings.namespace);
    return await askWhetherRunning({ connection, temporalClusterId })(holder);
  } finally {
    await server.close();
  }
};
