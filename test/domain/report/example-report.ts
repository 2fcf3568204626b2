/** A report as a drill that passed leaves it; tests change what they are about. */
import { parsePlan } from '../../../domain/plan/plan-schema.js';
import type { DrillReport, DrillStatus } from '../../../domain/report/report.js';

export const exampleReport = (change: Partial<DrillReport> = {}): DrillReport => ({
  schemaVersion: 2,
  result: 'passed',
  reason: 'Every check passed; ann@example.com approved the cutover',
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
      humanWaitSeconds: 20,
    },
  ],
  humanWaits: [{ kind: 'approval', from: '2026-01-02T03:04:20.000Z', to: '2026-01-02T03:04:40.000Z' }],
  checks: [
    { name: 'same-seal', outcome: 'passed', expected: 'one key on both sides', observed: 'the same on both sides' },
    { name: 'marker-is-source', outcome: 'passed', expected: 'phase1-source', observed: 'phase1-source' },
  ],
  warnings: [
    { name: 'external-plugins', sentence: '1 external plugin is registered: secret/ext. Install it at the target.' },
  ],
  approvals: [
    {
      decision: 'approve',
      approver: 'ann@example.com',
      evidenceSha256: 'cd'.repeat(32),
      at: '2026-01-02T03:04:40.000Z',
      via: 'update',
    },
  ],
  ignoredMessages: [],
  moreIgnoredMessages: 2,
  snapshot: {
    key: 'source/source/2026-01-02T03-04-15Z-01234567.snap',
    sizeBytes: 123_456,
    sha256: 'ab'.repeat(32),
    takenAt: '2026-01-02T03:04:15.000Z',
    index: 77,
  },
  inspection: {
    index: 77,
    term: 3,
    peers: [{ id: 'source-0', address: '127.0.0.1:20002', suffrage: 'voter' }],
    openbaoVersions: ['2.7.2'],
    seal: { type: 'transit', keyVersion: 'v1' },
    entries: 412,
    stateBytes: 345_678,
    groups: [
      { name: 'core', entries: 40, sizeBytes: 45_678 },
      { name: 'logical/0a1b2c3d-0000-0000-0000-000000000000', entries: 372, sizeBytes: 300_000 },
    ],
    leases: { total: 3, login: 3, dynamic: 0, paths: [{ path: 'auth/userpass/login/demo-admin', count: 3 }] },
  },
  equality: {
    equal: true,
    entries: { source: 412, target: 415 },
    groups: [
      { name: 'core', entries: 38, sha256: '12'.repeat(32), changed: 0, missing: 0, added: 0 },
      {
        name: 'logical/0a1b2c3d-0000-0000-0000-000000000000',
        entries: 372,
        sha256: '34'.repeat(32),
        changed: 0,
        missing: 0,
        added: 0,
      },
    ],
    explained: [{ pattern: 'sys/expire/id/', reason: 'logins of the drill itself', count: 5 }],
  },
  decidedOn: { sha256: 'cd'.repeat(32) },
  rpo: {
    seconds: 0.4,
    lostWrites: 2,
    lastAcknowledged: { sequence: 52, at: '2026-01-02T03:04:15.600Z' },
    lastRecovered: { sequence: 50, at: '2026-01-02T03:04:15.200Z' },
  },
  rto: {
    totalSeconds: 25.2,
    machineSeconds: 5.2,
    humanWaitSeconds: 20,
    ifApprovedAtOnceSeconds: 5.2,
    from: 'loss',
    startedAt: '2026-01-02T03:04:15.700Z',
    servedAt: '2026-01-02T03:04:40.900Z',
  },
  cutover: {
    to: 'target',
    way: 'edge',
    outageMs: 25_200,
    operations: 130,
    failedOperations: 61,
    staleReads: 0,
    writesAfterFence: 0,
    spans: [
      { servedBy: 'source', from: '2026-01-02T03:04:12.600Z', to: '2026-01-02T03:04:15.600Z', operations: 52 },
      { servedBy: 'nobody', from: '2026-01-02T03:04:15.700Z', to: '2026-01-02T03:04:40.800Z', operations: 61 },
      { servedBy: 'target', from: '2026-01-02T03:04:40.900Z', to: '2026-01-02T03:04:42.000Z', operations: 17 },
    ],
  },
  revert: {
    to: 'source',
    way: 'edge',
    fencedAt: '2026-01-02T03:04:42.100Z',
    outageMs: 340,
    operations: 20,
    failedOperations: 3,
    staleReads: 0,
    writesAfterFence: 0,
    spans: [
      { servedBy: 'nobody', from: '2026-01-02T03:04:42.100Z', to: '2026-01-02T03:04:42.400Z', operations: 3 },
      { servedBy: 'source', from: '2026-01-02T03:04:42.440Z', to: '2026-01-02T03:04:43.400Z', operations: 17 },
    ],
  },
  clients: {
    touchedAt: '2026-01-02T03:04:15.700Z',
    operations: 97,
    failedOperations: 64,
    unservedMs: 25_540,
    outages: [
      {
        from: '2026-01-02T03:04:15.600Z',
        to: '2026-01-02T03:04:40.900Z',
        failedOperations: 61,
        lastServedBy: 'source',
        servedBy: 'target',
      },
      {
        from: '2026-01-02T03:04:42.000Z',
        to: '2026-01-02T03:04:42.440Z',
        failedOperations: 3,
        lastServedBy: 'target',
        servedBy: 'source',
      },
    ],
    spans: [
      { servedBy: 'nobody', from: '2026-01-02T03:04:15.700Z', to: '2026-01-02T03:04:40.800Z', operations: 61 },
      { servedBy: 'target', from: '2026-01-02T03:04:40.900Z', to: '2026-01-02T03:04:42.000Z', operations: 17 },
      { servedBy: 'nobody', from: '2026-01-02T03:04:42.100Z', to: '2026-01-02T03:04:42.400Z', operations: 3 },
      { servedBy: 'source', from: '2026-01-02T03:04:42.440Z', to: '2026-01-02T03:04:43.400Z', operations: 16 },
    ],
  },
  evidence: {
    sha256: 'ef'.repeat(32),
    signature: `${'A'.repeat(86)}==`,
    publicKey: '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAA\n-----END PUBLIC KEY-----\n',
    algorithm: 'ed25519',
    keyName: 'drill-evidence',
    keyVersion: 1,
  },
  timing: { totalSeconds: 40, humanWaitSeconds: 20, machineSeconds: 20, restoreToVerifiedSeconds: 4.2 },
  cleanup: { outcome: 'succeeded', failures: [] },
  leftOut: [{ what: 'rotation of credentials', why: 'not part of a drill' }],
  ...change,
});

/** The same drill while it waits for a person. */
export const exampleStatus = (change: Partial<DrillStatus> = {}): DrillStatus => {
  const { drillId, lane, startedAt, checks, snapshot, decidedOn: evidence, phases } = exampleReport();
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
