/** `openbao-dr down`: ends a lane's processes and removes all that it made, unless a drill holds it. */
import { disposalOf } from '../../../activities/lane/abilities.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { LaneHolder } from '../../../activities/ports/reservations.js';
import { createLaneReservations } from '../../../infra/state/lane-reservations.js';
import { type Context, type ExitCode, type GlobalOptions, progressTo, writeJson } from '../../cli/context.js';
import { askHolder } from '../../undo/lane-holder.js';
import { requestLane } from '../../cli/plan-file.js';
import { openWorkspace, type Workspace } from '../../cli/workspace.js';

interface DownOptions extends GlobalOptions {
  /** Even if a drill may hold the lane. */
  readonly force?: boolean;
  /** Even if adopted clusters are gone, and the lane's objects there with them. */
  readonly forgetMissing?: boolean;
  readonly json?: boolean;
}

export const runDown = async (
  context: Context,
  lane: string | undefined,
  { force = false, forgetMissing = false, json = false, ...options }: DownOptions,
): Promise<ExitCode> => {
  const name = requestLane(lane);
  const tell = progressTo(context, options);
  const workspace = await openWorkspace(context, options, tell);
  const { stateFolder, lanes } = workspace;
  const isRunning = async (holder: LaneHolder): Promise<false> =>
    force ? false : assertOver(context, workspace, name, holder);
  const made = (await lanes.list()).includes(name);
  // A drill that starts now waits until the lane is gone, and then builds it anew.
  await createLaneReservations({ stateFolder, isRunning }).whileFree(name, async () =>
    disposalOf(lanes.open(name)).teardown(tell, context.interruption.first, { forgetMissing }),
  );
  if (json) writeJson(context.stdout, { lane: name, made });
  return 0;
};

/** Adds to the reservations' failure that the user can insist. */
const assertOver = async (context: Context, workspace: Workspace, lane: string, holder: LaneHolder): Promise<false> => {
  const runs = await askHolder(context, workspace, holder);
  if (runs === false) return false;
  const why =
    runs === true
      ? `is in use by drill ${holder.drillId}: wait for it, cancel workflow ${holder.workflowId}`
      : `may be in use by drill ${holder.drillId}, whose Temporal server does not answer here: start it`;
  throw new KnownFailure('LaneBusy', `Lane ${lane} ${why}, or take the lane down anyway with --force.`, {
    facts: { workflowId: holder.workflowId, runId: holder.runId },
  });
};
