/** `openbao-dr watch`: follows a drill that another process started, and takes no part in it. */
import { readLaneWorld } from '../../../infra/lanes/lane-world.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../../cli/context.js';
import { createOnWaiting } from '../../attending/on-waiting.js';
import { openDrills } from '../../drills/drills.js';
import { followDrill } from '../../attending/follow-drill.js';
import { exitCodeOf } from '../../cli/exit-code.js';
import { requestLane } from '../../cli/plan-file.js';
import { readReport } from '../../reports/reports.js';
import { requireServer } from '../../temporal/servers.js';
import { createDrillView } from '../../views/run/drill-view.js';
import { renderResult } from '../../views/result.js';
import { renderSilence } from '../../views/run/silence-view.js';
import { paintFor } from '../../views/text.js';
import { whereToLook } from '../../views/where-to-look.js';
import { renderWorld } from '../../views/run/world-view.js';
import { openToolBox, openStateFolderOnly } from '../../cli/workspace.js';

interface WatchOptions extends GlobalOptions {
  readonly json?: boolean;
}

export const runWatch = async (
  context: Context,
  lane: string | undefined,
  { json = false, ...options }: WatchOptions,
): Promise<ExitCode> => {
  const name = requestLane(lane);
  const output = json ? context.stderr : context.stdout;
  const paint = paintFor(output, context.environment);
  const view = createDrillView(output, paint);
  const state = await openStateFolderOnly(context, options);
  const tools = openToolBox(context, () => undefined);
  const server = await requireServer(context, state);
  try {
    const drill = await openDrills(server).find(name);
    view.note(whereToLook(server, drill));
    const report = await followDrill(drill, {
      onStatus: view.show,
      onPending: view.showPending,
      onWaiting: createOnWaiting({ context, output, paint, view, server, tools, drill, tellOnly: true }),
      onSilence: async (times) => {
        if (times > 1) return;
        const world = await readLaneWorld(state.stateFolder, name);
        view.note(renderSilence(await drill.silence(), { lane: name, workflowId: drill.workflowId }));
        for (const sentence of world === undefined ? [] : renderWorld(world)) view.note(`  ${sentence}`);
      },
      signal: context.interruption.first,
    });
    view.end();
    if (json) writeJson(context.stdout, report);
    const kept = await readReport(state.stateFolder, report.drillId);
    writeLine(output, `\n${renderResult(report, kept?.folder, paint)}`);
    return exitCodeOf(report);
  } finally {
    view.end();
    await server.close();
  }
};
