import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../../domain/run/checks.js';
import { readOperatorCluster } from '../../systems/openbao-operator/cluster.js';
import { textAt } from '../../domain/fields.js';
import {
  failedOf,
  findClusters,
  type K3dDrills,
  namespaceOf,
  startK3dDrills,
} from '../support/kubernetes/k3d-drills.js';

const { lab, why } = await findClusters();
const target = namespaceOf('target');

/** As the check would have answered a moment before the key was taken away. */
const believed = (check: Check): Check => ({ ...check, outcome: 'passed' });

describe.skipIf(lab === undefined)(
  `a restore that the operator calls completed, of a store that cannot be opened${why}`,
  () => {
    let k3d: K3dDrills;
    /** Right after the operator had said that it was done. */
    let restore: unknown;
    let cluster: unknown;
    const sealStates: string[] = [];

    beforeAll(async () => {
      k3d = await startK3dDrills(lab, {
        interfere: (steps) => ({
          // The target's key is another one all along; what looks at it beforehand is told that it fits.
          async checkRequirements(input) {
            const found = await steps.checkRequirements(input);
            return {
              ...found,
              checks: found.checks.map((check) => (check.name === 'same-seal' ? believed(check) : check)),
            };
          },
          async proveSeal(input) {
            const { checks, ...more } = await steps.proveSeal(input);
            return { ...more, checks: checks.map(believed) };
          },
          async restoreByOperator(input) {
            const restored = await steps.restoreByOperator(input);
            restore = await k3d.read('target', ['-n', target, 'get', 'openbaorestore', restored.name]);
            cluster = await k3d.read('target', ['-n', target, 'get', 'openbaocluster', target]);
            return restored;
          },
          async observeSeal(input) {
            const state = await steps.observeSeal(input);
            sealStates.push(state);
            return state;
          },
        }),
      });
    });
    afterAll(() => k3d[Symbol.asyncDispose]());

    it('ends the drill as failed, and says that the target stays sealed', async () => {
      const report = await k3d.run({ k3d: { targetSealKey: 'another-key' } });
      expect(textAt(restore, 'status', 'phase')).toBe('Completed');
      expect(readOperatorCluster(cluster).phase).toBe('Running');
      expect(report.operatorRestore).toMatchObject({ outcome: 'completed' });

      // Before and after it was started again.
      expect(sealStates).toEqual(['sealed', 'sealed']);
      expect(report).toMatchObject({ result: 'failed' });
      expect(report.reason).toMatch(/^The phase restore failed: The target stays sealed/);
      expect(failedOf(report)).toEqual([]);
      expect(report.phases.map(({ name }) => name)).not.toContain('cutover');
      expect(report.leftOut.map(({ what }) => what)).not.toContain('revert');
    });

    it('leaves no target that a later drill takes for a fresh one', async () => {
      const messages: string[] = [];
      const lane = k3d.drills.ports.lanes.open('k3d');
      await lane.provision(
        k3d.request({ k3d: { targetSealKey: 'another-key' }, freshTarget: true }),
        (message) => void messages.push(message),
      );
      expect(messages.join('\n')).toMatch(/target: holds data of drill .+, built anew/);
    });
  },
);
