/** Stands in for a drill's steps: everything works, unless a test says otherwise, and every call is written down. */
import type { DrillActivities } from '../../activities/index.js';
import { type Check, check, type CheckName } from '../../domain/checks.js';
import { parsePlan } from '../../domain/plan-schema.js';
import { baseline, type PairSide, type PairSite, type TlsEndpoint, type Topology } from '../../domain/topology.js';

export type StepName = keyof DrillActivities;

export interface Call {
  readonly step: StepName;
  readonly input: unknown;
}

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

const endpoint = (host: string): TlsEndpoint => ({
  address: 'https://127.0.0.1:1',
  serverName: host,
  ca: 'lane:local/ca',
});

const site = <Side extends PairSide>(name: Side): PairSite & { readonly site: Side } => ({
  ...endpoint(baseline.hosts[name]),
  site: name,
  clusterName: baseline.clusterNames[name],
  seal: {
    ...endpoint(baseline.hosts.infra),
    caSha256: '00',
    mountPath: 'transit',
    keyName: baseline.sealKey,
    token: 'lane:local/seal-token',
  },
  seeder: { username: 'seeder', password: 'lane:local/seeder' },
  admin: { username: baseline.adminUser, password: `lane:local/${name}-admin` },
});

const bucket = {
  endpoint: 'http://127.0.0.1:1',
  region: 'us-east-1',
  name: baseline.bucket,
  forcePathStyle: true,
  accessKeyId: 'lane:local/s3-id',
  secretAccessKey: 'lane:local/s3-secret',
} as const;

export const topology: Topology = {
  lane: 'local',
  infra: { ...endpoint(baseline.hosts.infra), clusterName: baseline.clusterNames.infra },
  source: { ...site('source'), backup: { username: 'backup', password: 'lane:local/backup' } },
  target: { ...site('target'), restore: { username: 'restore', password: 'lane:local/restore' } },
  bucket: { source: bucket, target: bucket },
  clients: endpoint(baseline.hosts.clients),
};

const snapshot = { key: 'a/b.snap', sizeBytes: 1, sha256: 'ab', takenAt: '2026-01-01T00:00:00.000Z', index: 7 };

const everythingWorks: DrillActivities = {
  resolvePlan: async ({ input }) => parsePlan(input),
  reserveLane: async () => undefined,
  releaseLane: async () => undefined,
  provisionLane: async () => ({ topology }),
  checkRequirements: async () => ({
    checks: [passing('same-openbao-version'), passing('same-seal')],
    source: { clusterId: 'source-id', version: '2.7.2' },
    target: { clusterId: 'target-id', version: '2.7.2' },
  }),
  seedPair: async () => passing('controls-effective'),
  takeSnapshot: async () => ({ snapshot, check: passing('archive-integrity') }),
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
  moveClients: async () => undefined,
  confirmClients: async ({ at }) => passing(at === 'target' ? 'client-reaches-target' : 'client-back-at-source'),
  teardownLane: async () => 'removed',
  writeReport: async ({ report: { openbao, ...report } }) => ({
    report: { ...report, versions: { openbaoDr: '0.0.0', openbao } },
    folder: '/reports/1',
  }),
};
