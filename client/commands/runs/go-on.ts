/** `openbao-dr resume` and `openbao-dr cancel`: see a half-done drill through, or undo it. */
import { KnownFailure } from '../../../domain/known-failure.js';
import type { Context, ExitCode, GlobalOptions } from '../../cli/context.js';
import { createCrew } from '../../attending/crew.js';
import { openDrills } from '../../drills/drills.js';
import { assertNamed } from '../../attending/assert-named.js';
import type { FoundRun } from '../../drills/find-runs.js';
import { cancelDrill, type GoOn, resumeDrill } from '../../attending/go-on.js';
import { requestLane } from '../../cli/plan-file.js';
import { serverForDrill } from '../../temporal/servers.js';
import { assertWorkerCanStart } from '../../temporal/worker-here.js';
import { createDrillView, createQuietDrillView } from '../../views/run/drill-view.js';
import { paintFor } from '../../views/text.js';
import { openWorkspace } from '../../cli/workspace.js';

interface GoOnOptions extends GlobalOptions {
  readonly approveAs?: string;
  readonly json?: boolean;
}

type RunGoOn = (context: Context, lane: string | undefined, options: GoOnOptions) => Promise<ExitCode>;

export const runResume: RunGoOn = (context, lane, options) => goOn(context, lane, options, resumeDrill);

export const runCancel: RunGoOn = (context, lane, options) => goOn(context, lane, options, cancelDrill);

const goOn = async (
  context: Context,
  lane: string | undefined,
  options: GoOnOptions,
  then: (parts: GoOn) => Promise<ExitCode>,
): Promise<ExitCode> => {
  const { json = false, quiet = false, approveAs } = options;
  const name = requestLane(lane);
  assertNamed(approveAs);
  await assertWorkerCanStart(context);
  const output = json ? context.stderr : context.stdout;
  const view = quiet ? createQuietDrillView(output) : createDrillView(output, paintFor(output, context.environment));
  const progress = (message: string): void => (quiet ? undefined : view.note(message));
  const workspace = await openWorkspace(context, options, progress, { builds: true });
  const server = await serverForDrill(context, workspace, progress);
  const crew = createCrew(context, options, workspace, server);
  try {
    const drills = openDrills(server);
    const drill = await drills.findOpen(name);
    // `find` fails for a lane that never had a drill.
    if (drill === undefined) throw nothingOpen((await drills.find(name)).run, name);
    return await then({
      context,
      output,
      view,
      progress,
      workspace,
      server,
      crew,
      drills,
      drill,
      lane: name,
      approveAs,
      json,
    });
  } finally {
    view.end();
    await crew.leave(view);
  }
};

const nothingOpen = ({ drillId }: FoundRun, lane: string): KnownFailure =>
  new KnownFailure(
    'NoOpenDrill',
    `Every drill of lane ${lane} has ended, ${drillId} as the last: \`openbao-dr status ${lane}\` shows how the last one did, \`openbao-dr drill ${lane}\` starts another.`,
  );
