/** Reads the reports that drills have left in the state folder. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DrillReport } from '../domain/report.js';
import { reportFolder } from '../infra/report-store.js';
import type { StateFolder } from '../infra/state-folder.js';
import { readJsonFile } from '../systems/files/json-file.js';

interface KeptReport {
  readonly report: DrillReport;
  readonly folder: string;
}

/** Drill ids begin with their time, so that sorting them is sorting by age. */
const drillIdPattern = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

export const isDrillId = (text: string): boolean => drillIdPattern.test(text);

const phase = z.looseObject({ name: z.string(), startedAt: z.string(), attempts: z.number() });
const found = z.looseObject({ name: z.string(), outcome: z.string(), expected: z.string(), observed: z.string() });

/** The fields that are shown; whatever else a report holds is passed on as it is. */
const reportSchema = z.looseObject({
  schemaVersion: z.literal(1),
  result: z.enum(['passed', 'failed', 'rejected', 'expired', 'cancelled']),
  reason: z.string(),
  drillId: z.string(),
  lane: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  versions: z.looseObject({ openbaoDr: z.string(), openbao: z.record(z.string(), z.string()) }),
  phases: z.array(phase),
  checks: z.array(found),
  approvals: z.array(z.looseObject({ decision: z.string(), approver: z.string() })),
  ignoredMessages: z.array(z.looseObject({})),
  timing: z.looseObject({ totalSeconds: z.number(), machineSeconds: z.number(), humanWaitSeconds: z.number() }),
  cleanup: z.looseObject({ outcome: z.string(), failures: z.array(z.string()) }),
  leftOut: z.array(z.looseObject({ what: z.string(), why: z.string() })),
});

/**
 * The report of one drill; undefined if there is none.
 *
 * @throws KnownFailure `CorruptedState`: it is damaged.
 */
export const readReport = async (stateFolder: StateFolder, drillId: string): Promise<KeptReport | undefined> => {
  if (!isDrillId(drillId)) return undefined;
  const folder = reportFolder(stateFolder, drillId);
  const report = await readJsonFile(join(folder, 'report.json'), (value) => reportSchema.parse(value));
  return report === undefined ? undefined : { report: report as unknown as DrillReport, folder };
};

/** The reports on this machine, newest first, read one by one as they are asked for. */
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
