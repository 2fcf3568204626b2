import type { DrillReport } from '../../domain/report/report.js';
import type { KeptFile } from '../../domain/snapshot/inspection.js';

export interface WrittenReport {
  /** Folder that holds `report.json` and `report.md`. */
  readonly folder: string;
}

export interface ReportStore {
  write(report: DrillReport): Promise<WrittenReport>;
  /** A folder beside a drill's report, for what servers have printed. */
  logsFolder(drillId: string): Promise<string>;
  /** Writes a file beside a drill's report, in place of an earlier one: what is too large to be part of it. */
  keepBeside(drillId: string, name: string, text: string): Promise<KeptFile>;
}
