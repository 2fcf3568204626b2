/** Reads reports of version 1, which are still in state folders, and converts them to version 2. */
import { defaultLane } from '../plan/plan.js';
import { z } from 'zod';
import { parsePlan } from '../plan/plan-schema.js';
import type { DrillReport } from './report.js';

const phase = z.looseObject({ name: z.string(), startedAt: z.string(), attempts: z.number() });
const found = z.looseObject({ name: z.string(), outcome: z.string(), expected: z.string(), observed: z.string() });

const version1 = z.looseObject({
  schemaVersion: z.literal(1),
  result: z.enum(['passed', 'failed', 'rejected', 'expired', 'cancelled']),
  reason: z.string(),
  drillId: z.string(),
  lane: z.string(),
  plan: z.looseObject({}),
  startedAt: z.string(),
  endedAt: z.string(),
  versions: z.looseObject({ openbaoDr: z.string(), openbao: z.record(z.string(), z.string()) }),
  phases: z.array(phase),
  checks: z.array(found),
  approvals: z.array(z.looseObject({ decision: z.string(), approver: z.string() })),
  ignoredMessages: z.array(z.looseObject({})),
  evidence: z.looseObject({ sha256: z.string() }).optional(),
  timing: z.looseObject({ totalSeconds: z.number(), machineSeconds: z.number(), humanWaitSeconds: z.number() }),
  cleanup: z.looseObject({ outcome: z.string(), failures: z.array(z.string()) }),
  leftOut: z.array(z.looseObject({ what: z.string(), why: z.string() })),
});

/**
 * Its `evidence` is `decidedOn` now, and its plan had no disaster, objectives or ways of a cutover. Throws for any other value.
 */
export const readVersion1 = (value: unknown): DrillReport => {
  const { evidence, ...report } = version1.parse(value);
  const { disaster, objectives, cutover } = parsePlan({ lane: defaultLane });
  return {
    ...report,
    schemaVersion: 2,
    plan: { disaster, objectives, cutover, ...report.plan },
    ...(evidence !== undefined && { decidedOn: evidence }),
    leftOut: [...report.leftOut, { what: 'signature', why: 'reports of version 1 were not signed' }],
  } as unknown as DrillReport;
};
