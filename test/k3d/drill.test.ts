import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import {
  checkOf,
  failedOf,
  findClusters,
  type K3dDrills,
  namespaceOf,
  startK3dDrills,
} from '../support/kubernetes/k3d-drills.js';
import { type Refusal, refuse, refused } from '../support/kubernetes/k3d-refusal.js';

const { lab, why } = await findClusters();
const target = namespaceOf('target');

describe.skipIf(lab === undefined)(`drills through a real operator on three clusters${why}`, () => {
  let k3d: K3dDrills;
  let beforeRestore: () => Promise<void>;
  let duringRestore: () => Promise<void>;

  beforeAll(async () => {
    beforeRestore = async () => undefined;
    duringRestore = async () => undefined;
    k3d = await startK3dDrills(lab, {
      interfere: (steps) => ({
        async restoreByOperator(input) {
          await beforeRestore();
          const [restored] = await Promise.all([steps.restoreByOperator(input), duringRestore()]);
          return restored;
        },
      }),
    });
  });
  afterAll(() => k3d[Symbol.asyncDispose]());

  it('pass, and leave both operators fit to work', async () => {
    const report = await k3d.run({}, 'by-operator');
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

  it("pass when the operator's pod is killed while it restores", async () => {
    duringRestore = async () => {
      await restoreRuns();
      const pods = ['-n', 'openbao-operator-system', 'delete', 'pod', '-l', 'app.kubernetes.io/component=controller'];
      await k3d.kubectl('target', [...pods, '--grace-period=0', '--force']);
    };
    try {
      const report = await k3d.run();
      expect(report.reason).toContain('Every check passed');
    } finally {
      duringRestore = async () => undefined;
    }
  });

  it('end with the words of the admission that refuses the restore, and the target as it was', async () => {
    const refusal = await refuse(k3d, noRestores);
    beforeRestore = () => refused(noRestores);
    try {
      const report = await k3d.run();
      expect(report.reason).toContain(noRestores.message);
    } finally {
      await refusal[Symbol.asyncDispose]();
      beforeRestore = async () => undefined;
    }
  });

  it('end when a lock is held, and take the restore back', async () => {
    beforeRestore = () =>
      setLock({ operation: 'Backup', holder: 'somebody-else', acquiredAt: new Date().toISOString() });
    try {
      const report = await k3d.run({}, 'lock-held');
      expect(report.reason).toContain('somebody-else');
      const restores = await k3d.kubectl('target', ['-n', target, 'get', 'openbaorestores', '-o', 'name']);
      expect(restores).not.toContain(report.drillId.toLowerCase().slice(-8));
    } finally {
      beforeRestore = async () => undefined;
      await setLock(null);
    }
  });

  it('end before the restore when the target has another Transit key', async () => {
    await k3d.drills.ports.lanes.open('k3d').disposal!.teardown(() => undefined);
    const report = await k3d.run({ k3d: { targetSealKey: 'another-key' } });
    expect(failedOf(report).map(({ name }) => name)).toEqual(['same-seal']);
  });

  const restoreRuns = (): Promise<true> =>
    waitUntil(
      async () => {
        const all = ['-n', target, 'get', 'openbaorestores', '-o', 'jsonpath={.items[*].status.phase}'];
        return (await k3d.kubectl('target', all)).includes('Running') ? true : undefined;
      },
      { what: 'a restore to run', timeoutMs: 60_000, intervalMs: 200 },
    );

  /** As a team would forbid restores for a time. */
  const noRestores: Refusal = {
    site: 'target',
    name: 'openbao-dr-test',
    message: 'no restores on Fridays',
    apiGroup: 'openbao.org',
    operation: 'CREATE',
    resource: 'openbaorestores',
    // Admission is asked behind the schema, so it has to be whole.
    probe: () =>
      k3d.kubectl('target', ['create', '--dry-run=server', '-f', '-'], {
        apiVersion: 'openbao.org/v1alpha1',
        kind: 'OpenBaoRestore',
        metadata: { name: 'drill-probe', namespace: target },
        spec: {
          cluster: target,
          jwtAuthRole: 'openbao-operator-restore',
          image: k3d.lab.images.jobs,
          source: {
            key: 'probe.snap',
            target: {
              endpoint: `http://rustfs.${target}.svc:19000`,
              bucket: 'openbao-dr-backups',
              credentialsSecretRef: { name: 'rustfs-secret' },
            },
          },
        },
      }),
  };

  const setLock = async (lock: object | null): Promise<void> => {
    const patch = JSON.stringify({ status: { operationLock: lock } });
    const object = ['-n', target, 'patch', 'openbaocluster', target, '--subresource=status', '--type=merge'];
    await k3d.kubectl('target', [...object, '-p', patch]);
  };
});
