import type { DrillReport } from '../../domain/report.js';
import type { ActivityPorts, WrittenReport } from '../ports.js';

export interface WriteReportInput {
  /** The report but for the program's version, which the worker knows and the workflow does not. */
  readonly report: Omit<DrillReport, 'versions'> & { readonly openbao: DrillReport['versions']['openbao'] };
}

export interface ReportWritten extends WrittenReport {
  readonly report: DrillReport;
}

/** Writes `report.json` and `report.md`. Safe to repeat: the same drill overwrites its own report. */
export const createWriteReport = ({ reports, version }: Pick<ActivityPorts, 'reports' | 'version'>) =>
  async function writeReport({ report: { openbao, ...rest } }: WriteReportInput): Promise<ReportWritten> {
    const report: DrillReport = { ...rest, versions: { openbaoDr: version, openbao } };
    return { report, ...(await reports.write(report)) };
  };
