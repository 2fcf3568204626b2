/** Keeps every drill's report, `reports/<drill id>/`: `report.json` for machines, `report.md` and `report.html` for people. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ReportStore } from '../../activities/ports/reports.js';
import type { DrillReport } from '../../domain/report/report.js';
import { renderReportHtml } from '../../domain/report/html/page.js';
import { renderReportMarkdown } from '../../domain/report/report-markdown.js';
import { writeJsonFile } from '../../systems/files/json-file.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';
import { writePrivateFile } from '../../systems/files/private-file.js';
import { publicKeyFingerprint } from '../../systems/openbao/api/evidence-key.js';
import type { StateFolder } from './state-folder.js';

export const reportFolder = ({ reports }: StateFolder, drillId: string): string => join(reports, drillId);

export const createReportStore = (stateFolder: StateFolder): ReportStore => ({
  async write(report) {
    const folder = await ensurePrivateFolder(reportFolder(stateFolder, report.drillId));
    await writeJsonFile(join(folder, 'report.json'), report);
    const signedBy = fingerprintOf(report);
    await writePrivateFile(join(folder, 'report.md'), renderReportMarkdown(report, signedBy));
    await writePrivateFile(join(folder, 'report.html'), renderReportHtml(report, signedBy));
    return { folder };
  },
  logsFolder: async (drillId) =>
    ensurePrivateFolder(join(await ensurePrivateFolder(reportFolder(stateFolder, drillId)), 'logs')),
  async keepBeside(drillId, name, text) {
    const folder = await ensurePrivateFolder(reportFolder(stateFolder, drillId));
    await writePrivateFile(join(folder, name), text);
    return { name, sizeBytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
  },
});

/** Of a key that the signing step has verified with; a report from elsewhere may hold anything. */
export const fingerprintOf = ({ evidence }: DrillReport): { readonly keyFingerprint?: string } => {
  try {
    return evidence === undefined ? {} : { keyFingerprint: publicKeyFingerprint(evidence.publicKey) };
  } catch {
    return {};
  }
};
