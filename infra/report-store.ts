/** Keeps every drill's report: `reports/<drill id>/report.json` and `report.md`. */
import { join } from 'node:path';
import type { DrillReport } from '../domain/report.js';
import { renderReportMarkdown } from '../domain/report-markdown.js';
import { writeJsonFile } from '../systems/files/json-file.js';
import { ensurePrivateFolder } from '../systems/files/private-folder.js';
import { writePrivateFile } from '../systems/files/private-file.js';
import type { StateFolder } from './state-folder.js';

export const reportFolder = ({ reports }: StateFolder, drillId: string): string => join(reports, drillId);

export interface ReportStore {
  write(report: DrillReport): Promise<{ readonly folder: string }>;
}

export const createReportStore = (stateFolder: StateFolder): ReportStore => ({
  async write(report) {
    const folder = await ensurePrivateFolder(reportFolder(stateFolder, report.drillId));
    await writeJsonFile(join(folder, 'report.json'), report);
    await writePrivateFile(join(folder, 'report.md'), renderReportMarkdown(report));
    return { folder };
  },
});
