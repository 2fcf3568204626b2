import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../domain/report.js';
import { waitUntil } from '../../systems/wait-until.js';
import { findK3dLab, type K3dLab, publishInfra } from '../support/k3d-lab.js';
import { type RealDrills, startRealDrills } from '../support/real-drills.js';
import { recordHistory } from '../support/record-history.js';
import { decodeHistory, readMaterials, readTree, secretsIn } from '../support/secrets.js';

const found = await findK3dLab();
const why = typeof found === 'string' ? ` (skipped: ${found})` : '';
if (typeof found === 'string') process.stderr.write(`No drill on Kubernetes: ${found}\n`);

const lane = 'k3d';
const target = 'openbaocluster-dr-target';

describe.skipIf(typeof found === 'string')(`drills through a real operator on three clusters${why}`, () => {
  const lab = found as K3dLab;
  let drills: RealDrills;
  let published: AsyncDisposable;
  let beforeRestore: () => Promise<void>;
  let duringRestore: () => Promise<void>;
  let drillCount = 0;

  const kubectl = async (side: string, args: readonly string[], input?: unknown): Promise<string> => {
    const where = ['--kubeconfig', lab.kubeconfig, '--context', `k3d-openbao-dr-${side}`];
    const options = input === undefined ? {} : { input: JSON.stringify(input) };
    return (await execa(lab.kubectl, [...where, ...args], options)).stdout;
  };

  const runDrill = async (more: object = {}, record?: string): Promise<DrillReport> => {
    drillCount += 1;
    const id = `dr-drill/${lane}-${drillCount}`;
    const k3d = {
      adopt: ['clusters', 'operator'],
      hostAddress: lab.hostAddress,
      storage: 'process',
      images: lab.images,
      ...('k3d' in more ? (more.k3d as object) : {}),
    };
    await drills.start(id, { lane, teardown: 'never', ...more, k3d } as { lane: string });
    const waiting = await drills.until(
      id,
      'approval',
      (seen) => seen.waitingFor !== undefined || seen.report !== undefined,
    );
    if (waiting.report === undefined) await drills.signal(id, 'approveCutover', { approver: 'ann' });
    const report = await drills.finished(id);
    if (record !== undefined && process.env['OPENBAO_DR_RECORD'] === '1') await recordHistory(drills, record, id);
    await expectNoSecrets(id, report.drillId);
    for (const { name, startedAt, endedAt = startedAt } of report.phases) {
      process.stderr.write(`${report.drillId} ${name} ${(Date.parse(endedAt) - Date.parse(startedAt)) / 1000} s\n`);
    }
    return report;
  };

  /** In what stays of a drill, and in what programs that it ran have kept. */
  const expectNoSecrets = async (id: string, drillId: string): Promise<void> => {
    const secrets = await readMaterials(join(drills.stateDir, 'lanes', lane));
    expect(secrets.size).toBeGreaterThan(15);
    const history = historyToJSON(await drills.temporal.client.workflow.getHandle(id).fetchHistory());
    const [report, kept] = await Promise.all([
      readTree(join(drills.stateDir, 'reports', drillId)),
      readTree(join(drills.stateDir, 'kubectl')),
    ]);
    expect(secretsIn(decodeHistory(history), secrets), 'history').toEqual([]);
    expect(secretsIn(report, secrets), 'report').toEqual([]);
    expect(secretsIn(kept, secrets), "kubectl's folder").toEqual([]);
  };

  const failedOf = ({ checks }: DrillReport) => checks.filter(({ outcome }) => outcome === 'failed');
  const checkOf = ({ checks }: DrillReport, wanted: string) => checks.find(({ name }) => name === wanted);

  beforeAll(async () => {
    published = await publishInfra(lab);
    drills = await startRealDrills(
      (steps) => ({
        async restoreByOperator(input) {
          await beforeRestore();
          const [restored] = await Promise.all([steps.restoreByOperator(input), duringRestore()]);
          return restored;
        },
      }),
      {
        patienceMs: 10 * 60_000,
        environment: {
          PATH: process.env['PATH'] ?? '',
          KUBECONFIG: lab.kubeconfig,
          OPENBAO_DR_KUBECTL: lab.kubectl,
          ...(lab.gatewayDefinitions !== undefined && { OPENBAO_DR_GATEWAY_CRDS: lab.gatewayDefinitions }),
          ...(process.env['OPENBAO_DR_RUSTFS'] !== undefined && {
            OPENBAO_DR_RUSTFS: process.env['OPENBAO_DR_RUSTFS'],
          }),
        },
      },
    );
    beforeRestore = async () => undefined;
    duringRestore = async () => undefined;
  });
  afterAll(async () => {
    await drills[Symbol.asyncDispose]();
    await published[Symbol.asyncDispose]();
  });

  it('pass, and leave both operators fit to work', async () => {
    const report = await runDrill({}, 'by-operator');
    expect(failedOf(report)).toEqual([]);
    expect(report).toMatchObject({ result: 'passed', operatorRestore: { outcome: 'completed', forced: false } });
    for (const name of [
      'kubernetes-access',
      'operator-ready',
      'operator-trust-repaired',
      'source-operator-refused',
    ] as const) {
      expect(checkOf(report, name)?.outcome, name).toBe('passed');
    }
  });

  it('pass when the source is really lost', async () => {
    const report = await runDrill({ disaster: 'source-loss' });
    expect(report.reason).toContain('every check passed');
    expect(report.rto?.from).toBe('loss');
  });

  it("pass when the operator's pod is killed while it restores", async () => {
    duringRestore = async () => {
      await restoreRuns();
      const pods = ['-n', 'openbao-operator-system', 'delete', 'pod', '-l', 'app.kubernetes.io/component=controller'];
      await kubectl('target', [...pods, '--grace-period=0', '--force']);
    };
    try {
      const report = await runDrill();
      expect(report.reason).toContain('every check passed');
    } finally {
      duringRestore = async () => undefined;
    }
  });

  it('end with the words of the admission that refuses the restore, and the target as it was', async () => {
    await kubectl('target', ['apply', '-f', '-'], refusal);
    beforeRestore = admissionWorks;
    try {
      const report = await runDrill();
      expect(report.reason).toContain('AdmissionRefused');
      expect(report.reason).toContain('no restores on Fridays');
    } finally {
      beforeRestore = async () => undefined;
      await kubectl('target', ['delete', '--ignore-not-found', '-f', '-'], refusal);
    }
  });

  it('end when a lock is held, and take the restore back', async () => {
    beforeRestore = () =>
      setLock({ operation: 'Backup', holder: 'somebody-else', acquiredAt: new Date().toISOString() });
    try {
      const report = await runDrill({}, 'lock-held');
      expect(report.reason).toContain('OperatorLockHeld');
      expect(report.reason).toContain('somebody-else');
      const restores = await kubectl('target', ['-n', target, 'get', 'openbaorestores', '-o', 'name']);
      expect(restores).not.toContain(report.drillId.toLowerCase().slice(-8));
    } finally {
      beforeRestore = async () => undefined;
      await setLock(null);
    }
  });

  it('end before the restore when the target has another Transit key', async () => {
    await drills.ports.lanes.open(lane).teardown(() => undefined);
    const report = await runDrill({ k3d: { targetSealKey: 'another-key' } });
    expect(failedOf(report).map(({ name }) => name)).toEqual(['same-seal']);
  });

  const restoreRuns = (): Promise<true> =>
    waitUntil(
      async () => {
        const all = ['-n', target, 'get', 'openbaorestores', '-o', 'jsonpath={.items[*].status.phase}'];
        return (await kubectl('target', all)).includes('Running') ? true : undefined;
      },
      { what: 'a restore to run', timeoutMs: 60_000, intervalMs: 200 },
    );

  /** A policy bites a moment after it was made. It is asked behind the schema, so the probe has to be whole. */
  const admissionWorks = async (): Promise<void> => {
    const probe = {
      apiVersion: 'openbao.org/v1alpha1',
      kind: 'OpenBaoRestore',
      metadata: { name: 'drill-probe', namespace: target },
      spec: {
        cluster: target,
        jwtAuthRole: 'openbao-operator-restore',
        image: lab.images.jobs,
        source: {
          key: 'probe.snap',
          target: {
            endpoint: `http://rustfs.${target}.svc:19000`,
            bucket: 'openbao-dr-backups',
            credentialsSecretRef: { name: 'rustfs-secret' },
          },
        },
      },
    };
    let said = '';
    await waitUntil(
      async () => {
        said = await kubectl('target', ['create', '--dry-run=server', '-f', '-'], probe).catch(String);
        return said.includes('no restores on Fridays') ? true : undefined;
      },
      { what: 'the policy to be in force', timeoutMs: 60_000, intervalMs: 200 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${said}`);
    });
  };

  const setLock = async (lock: object | null): Promise<void> => {
    const patch = JSON.stringify({ status: { operationLock: lock } });
    const object = ['-n', target, 'patch', 'openbaocluster', target, '--subresource=status', '--type=merge'];
    await kubectl('target', [...object, '-p', patch]);
  };
});

const policy = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'openbao-dr-test' } };
/** As a team would forbid restores for a time. */
const refusal = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      ...policy,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['openbao.org'], apiVersions: ['*'], operations: ['CREATE'], resources: ['openbaorestores'] },
          ],
        },
        validations: [{ expression: 'false', message: 'no restores on Fridays' }],
      },
    },
    {
      ...policy,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: 'openbao-dr-test', validationActions: ['Deny'] },
    },
  ],
};
