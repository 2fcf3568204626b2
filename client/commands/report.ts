/** `openbao-dr report`: the report of a drill, or of a lane's last one, from this machine. */
import { join } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import { renderReportMarkdown } from '../../domain/report-markdown.js';
import { openFile } from '../../systems/processes/open-file.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../context.js';
import { requestLane } from '../plan-file.js';
import { isDrillId, readLastReport, readReport } from '../reports.js';
import { openStateFolderOnly } from '../workspace.js';

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
    drillId === undefined ? await readLastReport(stateFolder, lane ?? '') : await readReport(stateFolder, drillId);
  if (kept === undefined) {
    const what = drillId === undefined ? `of a drill of lane ${lane}` : `of drill ${drillId}`;
    const sentence = `There is no report ${what} in ${stateFolder.reports}: \`openbao-dr list\` shows what there is.`;
    throw new KnownFailure('ReportMissing', sentence);
  }
  if (open) {
    const page = join(kept.folder, 'report.html');
    await openFile(page, context.platform, context.environment);
    writeLine(context.stdout, page);
    return 0;
  }
  if (json) writeJson(context.stdout, kept.report);
  else context.stdout.write(renderReportMarkdown(kept.report));
  return 0;
};
