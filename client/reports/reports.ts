/** Reads the reports that drills have left in the state folder. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DrillReport } from '../../domain/report/report.js';
import { reportSchema } from '../../domain/report/report-schema.js';
import { readVersion1 } from '../../domain/report/report-version-1.js';
import { reportFolder } from '../../infra/state/report-store.js';
import type { StateFolder } from '../../infra/state/state-folder.js';
import { readJsonFile } from '../../systems/files/json-file.js';

export interface KeptReport {
  readonly report: DrillReport;
  readonly folder: string;
}

/** Drill ids begin with their time, so they sort by age. */
const drillIdPattern = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

export const isDrillId = (text: string): boolean => drillIdPattern.test(text);

/** Keeps members that this version does not know. Throws for any other value. */
const parseReport = (value: unknown): DrillReport => {
  if (z.looseObject({ schemaVersion: z.literal(1) }).safeParse(value).success) return readVersion1(value);
  reportSchema.parse(value);
  return value as DrillReport;
};

/**
 * The report of one drill; undefined if it has none.
 *
 * @throws KnownFailure `CorruptedState`: it is damaged.
 */
export const readReport = async (stateFolder: StateFolder, drillId: string): Promise<KeptReport | undefined> => {
  if (!isDrillId(drillId)) return undefined;
  const folder = reportFolder(stateFolder, drillId);
  const report = await readJsonFile(join(folder, 'report.json'), parseReport);
  return report === undefined ? undefined : { report, folder };
};

/** The reports on this machine, newest first, read one by one on demand. */
export async function* listReports(stateFolder: StateFolder): AsyncGenerator<KeptReport> {
  const drillIds = (await readdir(stateFolder.reports)).filter(isDrillId).sort().reverse();
  for (const drillId of drillIds) {
    const kept = await readReport(stateFolder, drillId);
    if (kept !== undefined) yield kept;
  }
}

/** The newest report of a lane. */
export const readLastReport = async (stateFolder: StateFolder, lane: string): Promise<KeptReport | undefined> => {
  for await (const kept of listReports(stateFolder)) {
    if (kept.report.lane === lane) return kept;
  }
  return undefined;
};
