/** A report as a drill that passed leaves it; tests change what they are about. */
import { parsePlan } from '../../domain/plan-schema.js';
import type { DrillReport, DrillStatus } from '../../domain/report.js';

export const exampleReport = (change: Partial<DrillReport> = {}): DrillReport => ({
  schemaVersion: 1,
  result: 'passed',
  reason: 'every check passed; ann@example.com approved the cutover',
  drillId: '20260102T030405Z-0123abcd',
  workflowId: 'dr-drill/local',
  runId: '0123abcd-0000-0000-0000-000000000000',
  lane: 'local',
  plan: parsePlan({ lane: 'local' }),
  startedAt: '2026-01-02T03:04:05.000Z',
  endedAt: '2026-01-02T03:04:45.000Z',
  versions: { openbaoDr: '0.1.0', openbao: { source: '2.7.2', target: '2.7.2' } },
  phases: [
    {
      name: 'provision',
      startedAt: '2026-01-02T03:04:05.000Z',
      endedAt: '2026-01-02T03:04:12.500Z',
      outcome: 'passed',
      attempts: 2,
    },
    {
      name: 'approval',
      startedAt: '2026-01-02T03:04:20.000Z',
      endedAt: '2026-01-02T03:04:40.000Z',
      outcome: 'passed',
      attempts: 1,
    },
  ],
  checks: [
    { name: 'same-seal', outcome: 'passed', expected: 'one key on both sides', observed: 'the same on both sides' },
    { name: 'marker-is-source', outcome: 'passed', expected: 'phase1-source', observed: 'phase1-source' },
  ],
  approvals: [{ decision: 'approve', approver: 'ann@example.com', at: '2026-01-02T03:04:40.000Z', via: 'update' }],
  ignoredMessages: [],
  snapshot: {
    key: 'source/source/2026-01-02T03-04-15Z-01234567.snap',
    sizeBytes: 123_456,
    sha256: 'ab'.repeat(32),
    takenAt: '2026-01-02T03:04:15.000Z',
    index: 77,
  },
  evidence: { sha256: 'cd'.repeat(32) },
  timing: { totalSeconds: 40, humanWaitSeconds: 20, machineSeconds: 20, restoreToVerifiedSeconds: 4.2 },
  cleanup: { outcome: 'succeeded', failures: [] },
  leftOut: [{ what: 'rpo', why: 'not measured by this version' }],
  ...change,
});

/** The same drill while it waits for a person. */
export const exampleStatus = (change: Partial<DrillStatus> = {}): DrillStatus => {
  const { drillId, lane, startedAt, checks, snapshot, evidence, phases } = exampleReport();
  return {
    drillId,
    lane,
    startedAt,
    phase: 'approval',
    phases: [
      ...phases.filter(({ name }) => name !== 'approval'),
      { name: 'approval', startedAt: '2026-01-02T03:04:20.000Z', attempts: 1 },
    ],
    checks,
    approvals: [],
    ignoredMessages: [],
    waitingFor: {
      what: 'approval',
      since: '2026-01-02T03:04:20.000Z',
      expiresAt: '2026-01-03T03:04:20.000Z',
      approvers: [],
    },
    snapshot,
    evidence,
    report: undefined,
    ...change,
  };
};
