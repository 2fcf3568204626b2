import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CheckName } from '../../domain/run/checks.js';
import { textAt, valueAt } from '../../domain/fields.js';
import { isKnownFailure } from '../../domain/known-failure.js';
import { lockOf } from '../../systems/openbao-operator/lock.js';
import { statusShows } from '../../systems/openbao-operator/backup.js';
import { operatorKinds } from '../../systems/openbao-operator/objects.js';
import type { DrillReport } from '../../domain/report/report.js';
import { baseline, type PairSide } from '../../domain/pair/topology.js';
import type { Cluster, KubernetesObject } from '../../systems/kubernetes/cluster.js';
import type * as SetUpSite from '../../infra/lanes/made/set-up/set-up-site.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { type ApiServers, findApiServers } from '../support/kubernetes/api-servers.js';
import type { OperatorLine } from '../support/operator/controller.js';
import {
  initialiseByOperator,
  type OperatorDrills,
  startOperatorDrills,
} from '../support/kubernetes/operator-drills.js';
import { decodeHistory, readMaterials, readTree, secretsIn } from '../support/secrets.js';

// A lane's root tokens are gone once a server is set up: what its operator would do there is done before.
vi.mock('../../infra/lanes/made/set-up/set-up-site.js', async (load) => {
  const own = await load<typeof SetUpSite>();
  const setUpSite: typeof own.setUpSite = async (setUp, root, side) => {
    await initialiseByOperator(root, side);
    await own.setUpSite({ ...setUp, operator: true }, root, side);
  };
  return { ...own, setUpSite };
});

const found = await findApiServers();
const why = typeof found === 'string' ? ` (skipped: ${found})` : '';
if (typeof found === 'string') process.stderr.write(`No drill through the operator's stand-in: ${found}\n`);

const lane = 'local';
const names = baseline.clusterNames;

describe.skipIf(typeof found === 'string')(`drills through an operator on two API servers${why}`, () => {
  let all: OperatorDrills;
  let drillCount = 0;

  beforeAll(async () => {
    all = await startOperatorDrills(found as ApiServers);
  });
  afterAll(() => all[Symbol.asyncDispose]());
  afterEach(() => {
    Object.assign(all.hooks, {
      identity: 'drill',
      beforeBackup: async () => undefined,
      beforeRestore: async () => undefined,
    });
  });

  /** Approves it if it gets that far. */
  const runDrill = async (): Promise<DrillReport> => {
    const { drills } = all;
    drillCount += 1;
    const id = `dr-drill/operator-${drillCount}`;
    await drills.start(id, { lane, teardown: 'never' } as { lane: string });
    const report = await drills.approved(id);
    await expectNoSecrets(id, report.drillId);
    return report;
  };

  /** In what stays of a drill, and in what kubectl has kept. */
  const expectNoSecrets = async (id: string, drillId: string): Promise<void> => {
    const { drills, tokens } = all;
    const secrets = new Map([...(await readMaterials(join(drills.stateDir, 'lanes', lane))), ...tokens]);
    const history = historyToJSON(await drills.temporal.client.workflow.getHandle(id).fetchHistory());
    const [report, kept] = await Promise.all([
      readTree(join(drills.stateDir, 'reports', drillId)),
      readTree(join(drills.stateDir, 'kubectl')),
    ]);
    for (const [place, text] of Object.entries({ history: decodeHistory(history), report, kept })) {
      expect(secretsIn(text, secrets), place).toEqual([]);
      expect(text.length === 0 || !/eyJhbGciOi[\w-]+\.[\w-]+\./.test(text), `no token in the ${place}`).toBe(true);
    }
  };

  const useLine = async (line: OperatorLine): Promise<void> => {
    await Promise.all([all.source.useLine(line), all.target.useLine(line)]);
  };

  const expectPassed = (report: DrillReport, checks: readonly CheckName[]): void => {
    expect(report.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(report.result, report.reason).toBe('passed');
    for (const name of checks) expect(checkOf(report, name)?.outcome, name).toBe('passed');
  };

  const ofOperators: readonly CheckName[] = [
    'kubernetes-access',
    'operator-ready',
    'operator-backup-status',
    'operator-trust-repaired',
    'source-operator-refused',
    'cluster-id-matches-source',
    'store-equality',
  ];

  describe('of the line that calls a restore completed', () => {
    beforeAll(() => useLine('completed'));

    it('pass, with the least rights that the program asks for, and leave both operators fit to work', async () => {
      const report = await runDrill();
      expectPassed(report, ofOperators);
      expect(report.operatorRestore).toMatchObject({ outcome: 'completed', forced: false, bound: [] });
      expect(checkOf(report, 'kubernetes-access')?.observed).toMatch(/all permissions.*all permissions/);
      // Only keys tell the clusters apart, and the keys are real.
      expect(checkOf(report, 'source-operator-refused')?.observed).toContain('no known key');
      expect(await jobsOf(all.source.cluster, 'source')).toEqual([`backup-${names.source} Complete`]);
      expect(await jobsOf(all.target.cluster, 'target')).toEqual(['restore-drill Complete']);
      expect(report.snapshot?.key).toMatch(new RegExp(`^${names.source}/${names.source}/[^/]+\\.snap$`));
    });

    it('go on when the status of the backup sticks, and name the command that releases it, which does', async () => {
      all.source.faults.statusSticks = true;
      const report = await runDrill();
      expectPassed(
        report,
        ofOperators.filter((name) => name !== 'operator-backup-status'),
      );
      const { outcome, reason = '' } = checkOf(report, 'operator-backup-status') ?? {};
      expect(outcome).toBe('skipped');
      expect(reason).toContain('held by openbaocluster/backup');
      const [command = ''] = /kubectl --context .*$/.exec(reason) ?? [];
      await all.shell(command);
      const key = report.snapshot?.key ?? '';
      const released = await waitUntil(
        async () => {
          const object = await clusterOf(all.source.cluster, 'source');
          return lockOf(object) === undefined && statusShows(object, key) ? object : undefined;
        },
        { what: 'the lock to be released', timeoutMs: 20_000, intervalMs: 200 },
      );
      expect(textAt(released, 'status', 'phase')).toBe('Running');
      all.source.faults.statusSticks = false;
    });

    it("quote the last words of a backup's pod that has failed: OpenBao's own", async () => {
      all.hooks.beforeBackup = () => bindBackupRole('system:serviceaccount:somewhere:else');
      try {
        const report = await runDrill();
        expect(report.result).toBe('failed');
        expect(report.reason).toContain('bao-backup error: failed to authenticate using JWT Auth');
        expect(report.reason).toContain('error validating token: invalid subject');
      } finally {
        await bindBackupRole(`system:serviceaccount:${names.source}:${names.source}-backup-serviceaccount`);
      }
    });

    it('end with the words of the admission that refuses the restore, and leave none behind', async () => {
      all.hooks.beforeRestore = async () => {
        await all.target.cluster.apply(refusal);
        await admissionWorks(all.target.cluster);
      };
      try {
        const before = await restoresOf(all.target.cluster);
        const report = await runDrill();
        expect(report.reason).toContain('no restores on Fridays');
        expect(await restoresOf(all.target.cluster)).toEqual(before);
      } finally {
        for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies']) {
          await all.target.cluster.remove({ kind: `${kind}.admissionregistration.k8s.io`, name: policyName });
        }
      }
    });

    it('end when somebody else holds the lock, and take the restore back', async () => {
      const before = await restoresOf(all.target.cluster);
      all.hooks.beforeRestore = () => all.target.setLock({ operation: 'Upgrade', holder: 'somebody-else' });
      try {
        const report = await runDrill();
        expect(report.reason).toContain('held by somebody-else for Upgrade');
        expect(report.reason).toContain('was taken back');
        expect(await restoresOf(all.target.cluster)).toEqual(before);
      } finally {
        await all.target.setLock(undefined);
      }
    });

    it('end in preflight with the name of the verb that an identity lacks', async () => {
      all.hooks.identity = 'short';
      const report = await runDrill();
      expect(report.result).toBe('failed');
      expect(report.checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)).toEqual([
        'kubernetes-access',
      ]);
      expect(checkOf(report, 'kubernetes-access')?.observed).toContain(
        `not allowed: create ${operatorKinds.restores} in ${names.target}`,
      );
    });
  });

  describe('of the line that holds a restored cluster', () => {
    beforeAll(() => useLine('held'));

    it('pass once the operator was told to go on, which it does when it can log in again', async () => {
      const report = await runDrill();
      expectPassed(report, ofOperators);
      expect(report.operatorRestore).toMatchObject({
        outcome: 'held',
        bound: ['expectedDigest', 'expectedSize', 'expectedClusterID', 'expectedVersion'],
      });
      const { name = '' } = report.operatorRestore ?? {};
      const restore = await all.target.cluster.get({ kind: operatorKinds.restores, name, namespace: names.target });
      expect(valueAt(restore, 'status', 'administratorDisposition')).toBe('Resume');
      expect(valueAt(restore, 'spec', 'source', 'expectedDigest')).toBe(`sha256:${report.snapshot?.sha256}`);
      expect(lockOf(await clusterOf(all.target.cluster, 'target'))).toBeUndefined();
    });
  });

  /** As the operator's role of the source's backups, with the source's identity that may do so. */
  const bindBackupRole = async (subject: string): Promise<void> => {
    const { source } = all.topology();
    await all.drills.ports.sites.withLogin(source, source.trust!, async (session) => {
      const role = { role_type: 'jwt', user_claim: 'sub', bound_subject: subject };
      await session.write(`auth/${baseline.operatorMount}/role/openbao-operator-backup`, role);
    });
  };
});

const checkOf = ({ checks }: DrillReport, wanted: CheckName) => checks.find(({ name }) => name === wanted);

const clusterOf = (cluster: Cluster, side: PairSide) =>
  cluster.get({ kind: operatorKinds.clusters, name: names[side], namespace: names[side] });

const restoresOf = async (cluster: Cluster): Promise<readonly string[]> =>
  (await cluster.list(operatorKinds.restores, { namespace: names.target })).map(({ metadata }) => metadata.name);

/** What became of the Jobs, in the words of Kubernetes' own controller; their names without what is of one drill. */
const jobsOf = async (cluster: Cluster, side: PairSide): Promise<readonly string[]> => {
  const jobs = await cluster.list('jobs.batch', { namespace: names[side] });
  return jobs.map((job) => {
    const conditions = (valueAt(job, 'status', 'conditions') ?? []) as readonly { type: string }[];
    return `${job.metadata.name.replace(/-\d.*$/, '')} ${conditions.at(-1)?.type}`;
  });
};

const policyName = 'openbao-dr-test';
const probeName = 'admission-probe';
const policy = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: policyName } };
const everyVersion = { apiVersions: ['*'], operations: ['CREATE'] };

/** As a team would forbid restores for a time; and one more kind, to see that it is in force. */
const refusal: readonly KubernetesObject[] = [
  {
    ...policy,
    kind: 'ValidatingAdmissionPolicy',
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          { ...everyVersion, apiGroups: ['openbao.org'], resources: ['openbaorestores'] },
          { ...everyVersion, apiGroups: [''], resources: ['configmaps'], resourceNames: [probeName] },
        ],
      },
      validations: [{ expression: 'false', message: 'no restores on Fridays' }],
    },
  },
  {
    ...policy,
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: { policyName, validationActions: ['Deny'] },
  },
];

/** A policy bites a moment after it was made. */
const admissionWorks = async (cluster: Cluster): Promise<void> => {
  const probe = { name: probeName, namespace: names.target };
  await waitUntil(
    async () => {
      try {
        await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: probe });
      } catch (error) {
        if (isKnownFailure(error, 'AdmissionRefused')) return true;
        throw error;
      }
      await cluster.remove({ kind: 'configmaps', ...probe });
      return undefined;
    },
    { what: 'the policy to be in force', timeoutMs: 60_000, intervalMs: 200 },
  );
};
