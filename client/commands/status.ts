/** `openbao-dr status`: how a lane's drill is doing, or how its last one ended. */
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import type { DrillStatus } from '../../domain/report.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../context.js';
import { openDrills } from '../drills/drills.js';
import { requestLane } from '../plan-file.js';
import { readLastReport } from '../reports.js';
import { findServer } from '../temporal/servers.js';
import { renderResult } from '../views/result.js';
import { renderStatus } from '../views/status-view.js';
import { paintFor } from '../views/text.js';
import { openStateFolderOnly, type StateOnly } from '../workspace.js';

interface StatusOptions extends GlobalOptions {
  readonly json?: boolean;
}

export const runStatus = async (
  context: Context,
  lane: string | undefined,
  { json = false, ...options }: StatusOptions,
): Promise<ExitCode> => {
  const name = requestLane(lane);
  const state = await openStateFolderOnly(context, options);
  const paint = paintFor(context.stdout, context.environment);
  const status = await askDrill(context, state, name);
  if (status !== undefined) {
    if (json) writeJson(context.stdout, status);
    else writeLine(context.stdout, renderStatus(status, paint));
    return 0;
  }
  const kept = await readLastReport(state.stateFolder, name);
  if (kept === undefined) {
    const sentence = `Nothing is known of a drill of lane ${name}: start one with \`openbao-dr drill ${name}\`, or a worker with \`openbao-dr dev\` if one should be there.`;
    throw new KnownFailure('DrillNotFound', sentence);
  }
  writeLine(context.stderr, 'No running drill answers: this is the last report on this machine.');
  if (json) writeJson(context.stdout, kept.report);
  else writeLine(context.stdout, renderResult(kept.report, kept.folder, paint));
  return 0;
};

/** Undefined when there is no server, no such drill, or nobody who answers for it. */
const askDrill = async (context: Context, state: StateOnly, lane: string): Promise<DrillStatus | undefined> => {
  const server = await findServer(context, state);
  if (server === undefined) return undefined;
  try {
    return await (await openDrills(server).find(lane)).status();
  } catch (error) {
    if (isKnownFailure(error, 'DrillNotFound')) return undefined;
    throw error;
  } finally {
    await server.close();
  }
};
