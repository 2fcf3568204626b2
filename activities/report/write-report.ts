import { canonicalJson } from '../../domain/json/canonical-json.js';
import type { DrillReport } from '../../domain/report/report.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import type { WrittenReport } from '../ports/reports.js';
import { createSignReport } from './sign-report.js';

export interface WriteReportInput {
  /** The report without its signature and without the program's version, which only the worker knows. */
  readonly report: Omit<DrillReport, 'versions' | 'evidence'> & {
    readonly openbao: DrillReport['versions']['openbao'];
  };
  /** The key that signs the report; without it, the report is written unsigned. */
  readonly evidence?: Topology['evidence'];
}

export interface ReportWritten extends WrittenReport {
  readonly report: DrillReport;
}

/**
 * Signs the report, over its canonical JSON, and writes it in all its forms. Safe to repeat: the same drill overwrites its own
 * report.
 *
 * @throws KnownFailure of the signing; no file is written then.
 */
export const createWriteReport = (ports: Pick<ActivityPorts, 'reports' | 'version' | 'sites' | 'materials'>) => {
  const signReport = createSignReport(ports);
  return async function writeReport({
    report: { openbao, ...rest },
    evidence,
  }: WriteReportInput): Promise<ReportWritten> {
    const unsigned: DrillReport = { ...rest, versions: { openbaoDr: ports.version, openbao } };
    const report: DrillReport =
      evidence === undefined
        ? unsigned
        : { ...unsigned, evidence: await signReport({ evidence, canonical: canonicalJson(unsigned) }) };
    return { report, ...(await ports.reports.write(report)) };
  };
};
