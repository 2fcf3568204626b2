/** Whole reports of drills that lost their source: one that passed, and one whose target differed from the source. */
import { type CheckName, checkNames } from '../../../domain/run/checks.js';
import type { PhaseName, PhaseRecord } from '../../../domain/run/phases.js';
import { parsePlan } from '../../../domain/plan/plan-schema.js';
import type { DrillReport } from '../../../domain/report/report.js';
import { exampleReport } from './example-report.js';

const day = '2026-03-04T';
const at = (clock: string): string => `${day}${clock}Z`;

const phasesFrom = (start: string, durations: readonly (readonly [PhaseName, seconds: number])[]): PhaseRecord[] => {
  let ms = Date.parse(start);
  return durations.map(([name, seconds]) => {
    const startedAt = new Date(ms).toISOString();
    ms += seconds * 1000;
    return {
      name,
      startedAt,
      endedAt: new Date(ms).toISOString(),
      outcome: 'passed',
      attempts: name === 'unseal' ? 2 : 1,
    };
  });
};

const observations: Partial<Record<CheckName, readonly [expected: string, observed: string]>> = {
  'same-openbao-version': ['one version on both sides', 'source 2.7.2, target 2.7.2'],
  'cluster-id-matches-source': [
    'b7a1f2c3-2b7e-4d02-9f6e-94f1a2b3c4d5',
    'b7a1f2c3-2b7e-4d02-9f6e-94f1a2b3c4d5, before the restore 0c9d8e7f-1111-2222-3333-444455556666',
  ],
  'store-equality': ['no difference that is not expected', '1,204 entries compared, 0 differ'],
  'rpo-objective': ['at most 5 s', '0.4 s, 2 writes'],
  'rto-objective': ['at most 3600 s', '739.5 s'],
};

/** A local lane has no operator. */
const ofOperators: readonly CheckName[] = [
  'kubernetes-access',
  'operator-ready',
  'operator-backup-status',
  'operator-trust-repaired',
  'source-operator-refused',
];

/** A drill takes its own snapshot. */
const ofRestoreTests: readonly CheckName[] = ['recovery-point-fresh'];

const passedChecks = checkNames
  .filter((name) => name !== 'source-fenced' && name !== 'target-isolated')
  .filter((name) => !ofOperators.includes(name) && !ofRestoreTests.includes(name))
  .map((name) => {
    const [expected, observed] = observations[name] ?? ['as it has to be', 'as it has to be'];
    return { name, outcome: 'passed' as const, expected, observed };
  });

const base = {
  drillId: '20260304T091500Z-5f3a9c21',
  plan: parsePlan({ lane: 'local', disaster: 'source-loss', objectives: { rpoSeconds: 5, rtoSeconds: 3600 } }),
  startedAt: at('09:15:00.000'),
};

/** The approval took eleven minutes: far longer than everything else. */
export const passedSourceLoss = (change: Partial<DrillReport> = {}): DrillReport => {
  const phases = phasesFrom(base.startedAt, [
    ['provision', 9.8],
    ['preflight', 0.6],
    ['seed', 1.4],
    ['backup', 1.1],
    ['inspect', 0.7],
    ['seal-proof', 0.4],
    ['disaster', 2.2],
    ['restore', 3.1],
    ['unseal', 2.4],
    ['verify', 4.2],
    ['approval', 720],
    ['cutover', 0.9],
    ['confirm', 1.2],
    ['revert', 5.1],
    ['teardown', 3.3],
  ]);
  return exampleReport({
    ...base,
    phases: phases.map((phase) => (phase.name === 'approval' ? { ...phase, humanWaitSeconds: 720 } : phase)),
    humanWaits: [{ kind: 'approval', from: at('09:15:25.900'), to: at('09:27:25.900') }],
    endedAt: at('09:27:36.400'),
    checks: passedChecks,
    approvals: [
      {
        decision: 'approve',
        approver: 'ann@example.com',
        evidenceSha256: 'cd'.repeat(32),
        comment: 'Checked the marker and the comparison; the missing two writes are ours to repeat.',
        at: at('09:27:25.900'),
        via: 'update',
      },
    ],
    ignoredMessages: [
      { message: 'approveCutover', why: 'it names another evidence than the drill shows', at: at('09:20:01.000') },
    ],
    rpo: {
      seconds: 0.4,
      lostWrites: 2,
      lastAcknowledged: { sequence: 84, at: at('09:15:14.600') },
      lastRecovered: { sequence: 82, at: at('09:15:14.200') },
    },
    rto: {
      totalSeconds: 731.2,
      machineSeconds: 11.2,
      humanWaitSeconds: 720,
      ifApprovedAtOnceSeconds: 11.2,
      from: 'loss',
      startedAt: at('09:15:15.200'),
      servedAt: at('09:27:26.400'),
    },
    cutover: {
      to: 'target',
      way: 'edge',
      outageMs: 731_800,
      operations: 412,
      failedOperations: 301,
      staleReads: 0,
      writesAfterFence: 0,
      spans: [
        { servedBy: 'source', from: at('09:15:11.000'), to: at('09:15:14.600'), operations: 84 },
        { servedBy: 'nobody', from: at('09:15:15.200'), to: at('09:15:25.900'), operations: 290 },
        { servedBy: 'nobody', from: at('09:27:25.900'), to: at('09:27:26.300'), operations: 11 },
        { servedBy: 'target', from: at('09:27:26.400'), to: at('09:27:28.000'), operations: 27 },
      ],
    },
    revert: {
      to: 'source',
      way: 'edge',
      fencedAt: at('09:27:28.400'),
      outageMs: 620,
      operations: 40,
      failedOperations: 6,
      staleReads: 0,
      writesAfterFence: 0,
      spans: [
        { servedBy: 'nobody', from: at('09:27:28.400'), to: at('09:27:29.000'), operations: 6 },
        { servedBy: 'source', from: at('09:27:29.020'), to: at('09:27:33.100'), operations: 34 },
      ],
    },
    clients: {
      touchedAt: at('09:15:15.200'),
      operations: 368,
      failedOperations: 307,
      unservedMs: 732_420,
      outages: [
        {
          from: at('09:15:14.600'),
          to: at('09:27:26.400'),
          failedOperations: 301,
          lastServedBy: 'source',
          servedBy: 'target',
        },
        {
          from: at('09:27:28.000'),
          to: at('09:27:29.020'),
          failedOperations: 6,
          lastServedBy: 'target',
          servedBy: 'source',
        },
      ],
      spans: [],
    },
    inspection: {
      index: 941,
      term: 4,
      peers: [{ id: 'source-0', address: '127.0.0.1:20002', suffrage: 'voter' }],
      openbaoVersions: ['2.6.2', '2.7.2'],
      seal: { type: 'transit', keyVersion: 'v1' },
      entries: 1204,
      stateBytes: 2_345_678,
      groups: [
        { name: 'core', entries: 61, sizeBytes: 145_678 },
        { name: 'logical/7ac1a4f1-5a0e-6a0b-5d10-b9f7c1d2e3f4', entries: 1102, sizeBytes: 2_100_000 },
        { name: 'sys/token', entries: 41, sizeBytes: 100_000 },
      ],
      leases: {
        total: 19,
        login: 12,
        dynamic: 7,
        paths: [
          { path: 'auth/userpass/login/demo-admin', count: 12 },
          { path: 'database/creds/readonly', count: 7 },
        ],
      },
    },
    timing: { totalSeconds: 756.4, humanWaitSeconds: 720, machineSeconds: 36.4, restoreToVerifiedSeconds: 9.7 },
    ...change,
  });
};

export const failedSourceLoss = (change: Partial<DrillReport> = {}): DrillReport => {
  const { rto, cutover, revert, decidedOn, humanWaits, ...passed } = passedSourceLoss();
  const reached = passed.phases.slice(0, 10);
  const reason =
    'The check store-equality failed in phase verify: expected no difference that is not expected, observed 3 of 1,204 entries differ';
  return {
    ...passed,
    ...(rto && cutover && revert && decidedOn && humanWaits && {}),
    drillId: '20260304T103000Z-77e01bd4',
    result: 'failed',
    reason,
    endedAt: at('09:15:30.500'),
    phases: [
      ...reached.map((phase) => (phase.name === 'verify' ? { ...phase, outcome: 'failed' as const } : phase)),
      {
        name: 'teardown',
        startedAt: at('09:15:26.400'),
        endedAt: at('09:15:30.400'),
        outcome: 'failed',
        attempts: 3,
      },
    ],
    checks: passedChecks.slice(0, 24).map((check) =>
      check.name === 'marker-is-source'
        ? {
            ...check,
            name: 'store-equality',
            outcome: 'failed',
            expected: 'no difference that is not expected',
            observed: '3 of 1,204 entries differ, first in logical/7ac1a4f1-5a0e-6a0b-5d10-b9f7c1d2e3f4',
          }
        : check,
    ),
    equality: {
      equal: false,
      entries: { source: 1204, target: 1206 },
      groups: [
        { name: 'core', entries: 58, sha256: '12'.repeat(32), changed: 0, missing: 0, added: 0 },
        {
          name: 'logical/7ac1a4f1-5a0e-6a0b-5d10-b9f7c1d2e3f4',
          entries: 1102,
          sha256: '34'.repeat(32),
          changed: 2,
          missing: 1,
          added: 0,
        },
      ],
      explained: [{ pattern: 'sys/expire/id/', reason: 'logins of the drill itself', count: 5 }],
    },
    // The source was brought back when the drill undid what it had done.
    clients: {
      touchedAt: at('09:15:15.200'),
      operations: 151,
      failedOperations: 120,
      unservedMs: 14_400,
      outages: [
        {
          from: at('09:15:14.600'),
          to: at('09:15:29.000'),
          failedOperations: 120,
          lastServedBy: 'source',
          servedBy: 'source',
        },
      ],
      spans: [
        { servedBy: 'source', from: at('09:15:11.000'), to: at('09:15:14.600'), operations: 84 },
        { servedBy: 'nobody', from: at('09:15:15.200'), to: at('09:15:28.900'), operations: 120 },
        { servedBy: 'source', from: at('09:15:29.000'), to: at('09:15:30.300'), operations: 31 },
      ],
    },
    approvals: [],
    ignoredMessages: [],
    timing: { totalSeconds: 30.5, humanWaitSeconds: 0, machineSeconds: 30.5 },
    cleanup: {
      outcome: 'failed',
      failures: ['lane taken down: ProcessStuck: the target did not end within 20 s [pid=4711]'],
    },
    ...change,
  };
};
