/** Stands in for a drill's steps: everything works, unless a test says otherwise, and every call is written down. */
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { DrillActivities } from '../../../activities/index.js';
import { type Check, check, type CheckName } from '../../../domain/run/checks.js';
import { parsePlan } from '../../../domain/plan/plan-schema.js';
import { queuesOfFolder, type RunQueues } from '../../../domain/contract/queues.js';
import type { SnapshotInspection } from '../../../domain/snapshot/inspection.js';
import type { StoreComparison } from '../../../domain/snapshot/store-comparison.js';
import { exampleTopology } from './example-topology.js';

export type StepName = keyof DrillActivities;

export interface Call {
  readonly step: StepName;
  readonly input: unknown;
}

/** Of the state folder that stub activities seem to have. */
export const stubFolderId = 'stubs';

export interface StubActivities {
  readonly activities: DrillActivities;
  /** Every attempt, in order. */
  readonly calls: readonly Call[];
  /** Names of {@link calls}. */
  steps(): readonly StepName[];
}

export const passing = (name: CheckName): Check => check(name, true, 'what was hoped for', 'what was hoped for');
export const failing = (name: CheckName): Check => check(name, false, 'one thing', 'another');

export const createStubActivities = (overrides: Partial<DrillActivities> = {}): StubActivities => {
  const calls: Call[] = [];
  const stubs = { ...everythingWorks, ...overrides };
  const recorded = Object.entries(stubs).map(([step, stub]) => [
    step,
    (input: never) => {
      calls.push({ step: step as StepName, input });
      return (stub as (input: never) => Promise<unknown>)(input);
    },
  ]);
  return {
    activities: Object.fromEntries(recorded) as DrillActivities,
    calls,
    steps: () => calls.map(({ step }) => step),
  };
};

const snapshot = { key: 'a/b.snap', sizeBytes: 1, sha256: 'ab', takenAt: '2026-01-01T00:00:00.000Z', index: 7 };

/** A time of the drills that are made up here. */
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const inspection: SnapshotInspection = {
  index: 7,
  term: 3,
  peers: [],
  openbaoVersions: ['2.7.2'],
  seal: { type: 'transit', keyVersion: 'v1' },
  entries: 45,
  stateBytes: 21_000,
  groups: [],
  leases: { total: 1, login: 1, dynamic: 0, paths: [] },
};

const comparison: StoreComparison = {
  equal: true,
  entries: { source: 45, target: 45 },
  groups: [],
  explained: [],
};

/** As a real step that is told to stop: it ends once it hears of it. */
export const untilCancelled = async (): Promise<never> => {
  const signal = cancellationSignal();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw new Error('aborted');
};

/** Those of the worker that runs the step, as `runDrillWorker` sets it up. */
export const stubQueues = (): RunQueues => {
  const [main = '', folderId = stubFolderId] = activityInfo().taskQueue.split('/');
  return queuesOfFolder(main, folderId);
};

const everythingWorks: DrillActivities = {
  provisionPart: async () => undefined,
  resolvePlan: async ({ input }) => parsePlan(input),
  reserveLane: async () => ({ queues: stubQueues() }),
  releaseLane: async () => undefined,
  provisionLane: async () => ({ topology: exampleTopology() }),
  checkRequirements: async () => ({
    checks: [passing('same-openbao-version'), passing('same-seal')],
    source: { clusterId: 'source-id', version: '2.7.2' },
    target: { clusterId: 'target-id', version: '2.7.2' },
  }),
  seedPair: async () => passing('controls-effective'),
  takeSnapshot: async () => ({ snapshot, check: passing('archive-integrity') }),
  checkIsolation: async () => passing('target-isolated'),
  checkCutover: async () => passing('cutover-possible'),
  saveLogs: async () => undefined,
  readLastError: async () => ({}),
  checkOperators: async () => [passing('kubernetes-access'), passing('operator-ready')],
  backUpByOperator: async () => ({ snapshot, check: passing('archive-integrity') }),
  settleOperatorBackup: async () => passing('operator-backup-status'),
  restoreByOperator: async ({ attempt }) => ({
    outcome: 'completed',
    message: '',
    startedAt: at(12),
    endedAt: at(28),
    name: `drill-1-${attempt}`,
    uid: `uid-${attempt}`,
    forced: false,
    bound: [],
  }),
  repairTrust: async () => [passing('operator-trust-repaired'), passing('source-operator-refused')],
  acknowledgeRestore: async () => ({ message: 'Resumed' }),
  runClient: untilCancelled,
  awaitServed: async () => undefined,
  inspectArchive: async () => ({
    checks: [passing('archive-integrity'), passing('flipped-byte-refused')],
    inspection,
  }),
  proveSeal: async () => ({ checks: [passing('seal-proof'), passing('other-key-refused')] }),
  loseSource: async () => ({ lostAt: at(10), goneAt: at(11), check: passing('source-lost') }),
  recoverSource: async () => undefined,
  compareStores: async () => ({ check: passing('store-equality'), comparison }),
  readCanary: async () => ({ recovered: { sequence: 40, at: at(5) } }),
  measureRecovery: async () => ({
    rpo: {
      seconds: 2,
      lostWrites: 20,
      lastAcknowledged: { sequence: 60, at: at(7) },
      lastRecovered: { sequence: 40, at: at(5) },
    },
  }),
  measureMove: async ({ to, way }) => ({
    moved: {
      to,
      way,
      outageMs: 300,
      operations: 100,
      failedOperations: 6,
      staleReads: 0,
      writesAfterFence: 0,
      spans: [],
    },
    servedAt: at(40),
  }),
  measureClients: async ({ touchedAt }) => ({
    clients: { touchedAt, operations: 100, failedOperations: 6, unservedMs: 300, outages: [], spans: [] },
  }),
  checkTargetStorage: async () => passing('storage-reachable-from-target'),
  submitRestore: async () => undefined,
  observeRestore: async () => 'applied',
  observeSeal: async () => 'unsealed',
  waitForTransit: async () => undefined,
  restartSite: async () => undefined,
  verifyTarget: async () => [
    passing('cluster-id-matches-source'),
    passing('target-password-refused'),
    passing('source-password-accepted'),
    passing('marker-is-source'),
    passing('openbao-version-unchanged'),
  ],
  digestEvidence: async () => 'e1',
  fenceSite: async ({ site }) => ({ fencedAt: at(30), ...(site === 'source' && { check: passing('source-fenced') }) }),
  liftFence: async () => undefined,
  switchClients: async () => undefined,
  awaitClients: async () => undefined,
  confirmClients: async ({ at }) => passing(at === 'target' ? 'client-reaches-target' : 'client-back-at-source'),
  teardownLane: async () => 'removed',
  tagSnapshot: async () => undefined,
  writeReport: async ({ report: { openbao, ...report } }) => ({
    report: { ...report, versions: { openbaoDr: '0.0.0', openbao } },
    folder: '/reports/1',
  }),
};
