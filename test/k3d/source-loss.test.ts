import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
const source = namespaceOf('source');
const pod = `${source}-0`;

describe.skipIf(lab === undefined)(`drills whose source is really lost${why}`, () => {
  let k3d: K3dDrills;
  let beforeLoss: () => Promise<void>;
  /** All that the source's container printed up to its end. */
  let lastWords: string;

  beforeAll(async () => {
    beforeLoss = async () => undefined;
    k3d = await startK3dDrills(lab, {
      interfere: (steps) => ({
        async loseSource(input) {
          await beforeLoss();
          const { kubeconfig, kubectl } = k3d.lab;
          const where = ['--kubeconfig', kubeconfig, '--context', 'k3d-openbao-dr-source', '-n', source];
          // Ends when the container does.
          const log = execa(kubectl, [...where, 'logs', '--follow', pod], { reject: false });
          const lost = await steps.loseSource(input);
          lastWords = (await log).stdout;
          return lost;
        },
      }),
    });
  });
  afterAll(() => k3d[Symbol.asyncDispose]());

  it('pass, and say that OpenBao was killed where it ran', async () => {
    const report = await k3d.run({ disaster: 'source-loss' });
    expect(failedOf(report)).toEqual([]);
    expect(report.reason).toContain('Every check passed');
    expect(report.rto?.from).toBe('loss');
    expect(checkOf(report, 'source-lost')?.observed).toContain('(killed in its container, without being told)');
    expect(lastWords).toContain('OpenBao server started');
    expect(lastWords).not.toContain('shutdown triggered');
  });

  it('pass on a cluster where nobody may run programs in pods, and say that OpenBao was told to end', async () => {
    const noPrograms: Refusal = {
      site: 'source',
      name: 'openbao-dr-test-exec',
      message: 'no programs in pods here',
      apiGroup: '',
      operation: 'CONNECT',
      resource: 'pods/exec',
      probe: () => k3d.kubectl('source', ['-n', source, 'exec', pod, '-c', 'openbao', '--', 'bao', 'version']),
    };
    const refusal = await refuse(k3d, noPrograms);
    beforeLoss = () => refused(noPrograms);
    try {
      const report = await k3d.run({ disaster: 'source-loss' });
      expect(failedOf(report)).toEqual([]);
      expect(report.reason).toContain('Every check passed');
      const observed = checkOf(report, 'source-lost')?.observed;
      expect(observed).toContain(
        'told to end, with its pod, for it could not be killed in its container: AdmissionRefused;',
      );
      process.stderr.write(`${observed}\n`);
    } finally {
      await refusal[Symbol.asyncDispose]();
      beforeLoss = async () => undefined;
    }
  });
});
