/** `openbao-dr status`: shows how a lane's newest drill is doing, or how it ended. */
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import { type LaneWorld, readLaneWorld } from '../../../infra/lanes/lane-world.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../../cli/context.js';
import { type DrillState, readDrillState } from '../../drills/drill-state.js';
import { openDrills } from '../../drills/drills.js';
import { findLaneTruth } from '../../drills/lane-truth.js';
import { requestLane } from '../../cli/plan-file.js';
import { findServer } from '../../temporal/servers.js';
import { renderInterrupted } from '../../views/run/interrupted-view.js';
import { renderResult } from '../../views/result.js';
import { renderStatus } from '../../views/run/status-view.js';
import { paintFor } from '../../views/text.js';
import { renderWorld } from '../../views/run/world-view.js';
import { openStateFolderOnly, type StateOnly } from '../../cli/workspace.js';

interface StatusOptions extends GlobalOptions {
  readonly details?: boolean;
  readonly json?: boolean;
}

/** Exit codes: the drill's own once it has ended; 0 while it goes on; 1 if it is interrupted, so that a person has to act. */
export const runStatus = async (
  context: Context,
  lane: string | undefined,
  { json = false, details = false, ...options }: StatusOptions,
): Promise<ExitCode> => {
  const name = requestLane(lane);
  const workspace = await openStateFolderOnly(context, options);
  const state = await askLane(context, workspace, name).catch(async (error: unknown) => {
    // The drill ended without undoing anything, so only the state of the pair is left to show.
    if (!isKnownFailure(error, 'DrillTerminated')) throw error;
    const left = await readLaneWorld(workspace.stateFolder, name);
    for (const sentence of left === undefined ? [] : renderWorld(left)) writeLine(context.stderr, sentence);
    throw error;
  });
  const world = state.state === 'interrupted' ? await readLaneWorld(workspace.stateFolder, name) : undefined;
  if (json) writeJson(context.stdout, { ...state, ...(world !== undefined && { world }) });
  else writeLine(context.stdout, render(context, state, world, details));
  return state.exitCode;
};

const askLane = async (context: Context, workspace: StateOnly, lane: string): Promise<DrillState> => {
  const server = await findServer(context, workspace);
  try {
    const truth = await findLaneTruth(server && openDrills(server), workspace.stateFolder, lane);
    if (truth === undefined) {
      throw new KnownFailure(
        'DrillNotFound',
        `There was no drill of lane ${lane} yet: start one with \`openbao-dr drill ${lane}\`.`,
      );
    }
    return await readDrillState(truth, workspace.stateFolder, lane);
  } finally {
    await server?.close();
  }
};

const render = (context: Context, state: DrillState, world: LaneWorld | undefined, details: boolean): string => {
  const paint = paintFor(context.stdout, context.environment);
  if (state.report !== undefined) return renderResult(state.report, state.folder, paint);
  return state.state === 'interrupted'
    ? renderInterrupted(state, world, { paint })
    : renderStatus(state, paint, { nowMs: Date.now(), width: context.stdout.columns, details }, state.pending);
};
