/** `openbao-dr report`: prints the report of a drill, or of a lane's last drill, from this machine. */
import { join } from 'node:path';
import { KnownFailure } from '../../../domain/known-failure.js';
import { renderReportMarkdown } from '../../../domain/report/report-markdown.js';
import { readReservation } from '../../../infra/state/lane-reservations.js';
import { fingerprintOf } from '../../../infra/state/report-store.js';
import type { StateFolder } from '../../../infra/state/state-folder.js';
import { openFile } from '../../../systems/processes/open-file.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../../cli/context.js';
import { openDrills } from '../../drills/drills.js';
import { findLaneTruth } from '../../drills/lane-truth.js';
import { requestLane } from '../../cli/plan-file.js';
import { isDrillId, type KeptReport, readReport } from '../../reports/reports.js';
import { findRunningServer, findServer } from '../../temporal/servers.js';
import { openStateFolderOnly } from '../../cli/workspace.js';

interface ReportOptions extends GlobalOptions {
  readonly json?: boolean;
  /** Show the page in a browser instead. */
  readonly open?: boolean;
}

export const runReport = async (
  context: Context,
  drillOrLane: string | undefined,
  { json = false, open = false, ...options }: ReportOptions,
): Promise<ExitCode> => {
  const drillId = drillOrLane !== undefined && isDrillId(drillOrLane) ? drillOrLane : undefined;
  const lane = drillId === undefined ? requestLane(drillOrLane) : undefined;
  const { stateFolder } = await openStateFolderOnly(context, options);
  const kept =
    drillId === undefined ? await newestOf(context, stateFolder, lane ?? '') : await readReport(stateFolder, drillId);
  if (kept === undefined) {
    const what = drillId === undefined ? `of a drill of lane ${lane}` : `of drill ${drillId}`;
    const sentence = `There is no report ${what} in ${stateFolder.reports}: \`openbao-dr list\` shows all drills.`;
    throw new KnownFailure('ReportMissing', sentence);
  }
  if (open) {
    if (kept.folder === undefined) {
      throw new KnownFailure(
        'ReportMissing',
        `The page of drill ${kept.report.drillId} is on the machine of its worker.`,
      );
    }
    const page = join(kept.folder, 'report.html');
    await openFile(page, context.platform, context.environment);
    writeLine(context.stdout, page);
    return 0;
  }
  if (json) writeJson(context.stdout, kept.report);
  else context.stdout.write(renderReportMarkdown(kept.report, fingerprintOf(kept.report)));
  return 0;
};

/**
 * The report of the lane's newest drill, and never an older one's, even if the newest has no report. The state folder's own
 * server is not started for it, because a drill that has not ended has reserved the lane.
 */
const newestOf = async (
  context: Context,
  stateFolder: StateFolder,
  lane: string,
): Promise<(Pick<KeptReport, 'report'> & { readonly folder?: string }) | undefined> => {
  const held = (await readReservation(stateFolder, lane)) !== undefined;
  const server = await (held ? findServer : findRunningServer)(context, { stateFolder });
  try {
    const truth = await findLaneTruth(server && openDrills(server), stateFolder, lane);
    if (truth === undefined) return undefined;
    if (truth.what === 'left') throw unfinished(truth.holder.drillId, lane);
    if (truth.what === 'report') return truth.kept;
    const { drill } = truth;
    if (drill.run.open) throw unfinished(drill.run.drillId, lane);
    return (await readReport(stateFolder, drill.run.drillId)) ?? { report: await drill.report() };
  } finally {
    await server?.close();
  }
};

const unfinished = (drillId: string, lane: string): KnownFailure =>
  new KnownFailure(
    'ReportMissing',
    `Drill ${drillId}, the newest of lane ${lane}, has not ended and has no report yet: \`openbao-dr status ${lane}\` shows how it is, \`openbao-dr list\` which drills there were before it.`,
  );
