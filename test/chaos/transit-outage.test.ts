import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { baseline } from '../../domain/pair/topology.js';
import { isRunning, type ProcessIdentity } from '../../systems/processes/process-identity.js';
import { stopBackgroundProcess } from '../../systems/processes/background-process.js';
import { waitsForApproval } from '../support/lab.js';
import { type RealDrills, startRealDrills } from '../support/drills/real-drills.js';

const id = 'dr-drill/local';
const steps: string[] = [];
let drills: RealDrills;
let stateDir: string;

const edge = async (): Promise<ProcessIdentity> => {
  const text = await readFile(join(stateDir, 'lanes', 'local', 'lane.json'), 'utf8');
  return (JSON.parse(text) as { processes: Record<string, ProcessIdentity> }).processes['edge-infra']!;
};

beforeAll(async () => {
  drills = await startRealDrills((real) => ({
    // OpenBao has the snapshot now and applies it in five seconds: by then Transit is out of reach.
    async submitRestore(input) {
      await real.submitRestore(input);
      await stopBackgroundProcess(await edge());
    },
    async waitForTransit(input) {
      steps.push('waitForTransit');
      await real.waitForTransit(input);
      steps.push('Transit answers');
    },
    async restartSite(input) {
      steps.push(`restart ${input.site}`);
      await real.restartSite(input);
    },
  }));
  stateDir = drills.stateDir;
}, 180_000);
afterAll(() => drills[Symbol.asyncDispose]());

it('waits for Transit and restarts a target that could not reach it in the middle of a restore', async () => {
  await drills.start(id, { lane: 'local' });
  await drills.until(id, 'the drill to wait for Transit', () => steps.includes('waitForTransit'));
  expect(await isRunning(await edge())).toBe(false);

  // Somebody repairs the edge; the target stays sealed, as its process tries only once.
  await drills.ports.lanes
    .open('local')
    .provision(
      { owner: 'up', freshTarget: false, options: { local: { ports: {}, targetSealKey: baseline.sealKey } } },
      () => undefined,
    );
  const status = await drills.until(id, 'the drill to wait for approval', waitsForApproval);
  expect(steps).toEqual(['waitForTransit', 'Transit answers', 'restart target']);
  expect(status.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);

  await drills.signal(id, 'approveCutover', { approver: 'ann' });
  expect(await drills.finished(id)).toMatchObject({ result: 'passed' });
}, 180_000);
