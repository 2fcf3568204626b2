/** Looks after a drill: brings the worker that it needs, asks the person that it waits for, and prints its end. */
import type { DrillReport } from '../../domain/report/report.js';
import type { OnProgress } from '../../systems/tools/index.js';
import { type Context, type ExitCode, type Output, writeJson, writeLine } from '../cli/context.js';
import { exitCodeOf } from '../cli/exit-code.js';
import { Interrupted } from '../cli/interruption.js';
import { readReport } from '../reports/reports.js';
import type { TemporalServer } from '../temporal/servers.js';
import type { DrillView } from '../views/run/drill-view.js';
import { renderResult } from '../views/result.js';
import { renderSilence } from '../views/run/silence-view.js';
import { paintFor } from '../views/text.js';
import { whereToLook } from '../views/where-to-look.js';
import type { Workspace } from '../cli/workspace.js';
import type { Crew } from './crew.js';
import type { Drill } from '../drills/drill.js';
import { followDrill } from './follow-drill.js';
import { createOnWaiting } from './on-waiting.js';

export interface Conduct {
  readonly context: Context;
  readonly output: Output;
  readonly view: DrillView;
  /** The stream for progress. */
  readonly progress: OnProgress;
  readonly workspace: Workspace;
  readonly server: TemporalServer;
  readonly drill: Drill;
  /** The name by which people ask for the drill. */
  readonly lane: string;
  readonly crew: Crew;
  readonly approveAs?: string | undefined;
  /** Print data, too. */
  readonly json: boolean;
  /** Only print how to decide, and never ask. */
  readonly tellOnly?: boolean;
}

/**
 * Follows a drill to its end, and prints how it ended: the first Ctrl-C cancels it and waits for its undoing, the second leaves
 * it.
 *
 * @throws KnownFailure as {@link Drill.report}; `Interrupted`.
 */
export const seeThrough = async (conducted: Conduct): Promise<{ report: DrillReport; exitCode: ExitCode }> => {
  const { context, output, view, progress, workspace, server, drill, json } = conducted;
  progress(whereToLook(server, drill));
  const report = await conduct(conducted);
  view.end();
  if (json) writeJson(context.stdout, report);
  // A worker elsewhere keeps the report on its own machine.
  const kept = await readReport(workspace.stateFolder, report.drillId);
  writeLine(output, `\n${renderResult(report, kept?.folder, paintFor(output, context.environment))}`);
  return { report, exitCode: cancelledHere(context, report) ? 130 : exitCodeOf(report) };
};

const conduct = async (conducted: Conduct): Promise<DrillReport> => {
  const { context, output, view, workspace, server, drill, lane, crew, approveAs, tellOnly = false } = conducted;
  const { first, second } = context.interruption;
  const cancel = (): void => {
    view.note('Stopping: the drill undoes what it did. Press Ctrl-C again to leave at once.');
    drill.cancel().catch((error: unknown) => view.note(`It could not be cancelled: ${String(error)}`));
  };
  if (first.aborted) cancel();
  else first.addEventListener('abort', cancel, { once: true });
  const paint = paintFor(output, context.environment);
  const { tools } = workspace;
  try {
    const followed = followDrill(drill, {
      onStatus: view.show,
      onPending: view.showPending,
      onWaiting: createOnWaiting({ context, output, paint, view, server, tools, drill, approveAs, tellOnly }),
      onSilence: async (times) => {
        const silence = await drill.silence();
        const here = crew.hasWorker();
        if (!here && (silence === undefined || silence.why === 'no-worker' || silence.why === 'slow')) {
          view.note('No worker answers: bringing one.');
          await crew.bringWorker();
        } else if (!here || times === 3) {
          // A worker that has just come may still be loading.
          view.note(renderSilence(silence, { lane, workflowId: drill.workflowId }));
        }
      },
      signal: second,
    });
    return await Promise.race([followed, crew.failed]);
  } catch (error) {
    if (error instanceof Interrupted) throw new Interrupted(leftBehind(lane, first.aborted));
    throw error;
  } finally {
    first.removeEventListener('abort', cancel);
  }
};

const leftBehind = (lane: string, cancelled: boolean): string => {
  const goesOn = cancelled ? 'finishes its clean-up' : 'goes on';
  return `Left as it is: the drill ${goesOn} as soon as a worker is there, as with \`openbao-dr resume ${lane}\`; \`openbao-dr status ${lane}\` shows how it is.`;
};

const cancelledHere = ({ interruption }: Context, { result }: DrillReport): boolean =>
  interruption.first.aborted && result === 'cancelled';
