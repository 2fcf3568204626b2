import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, startLab } from '../support/lab.js';
import { readLaneSecrets, secretsInTraces } from '../support/secrets.js';

const id = 'dr-drill/local-wrong';
const lane = 'local-wrong';
let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
  await lab.startDev();
}, 120_000);
afterAll(() => lab[Symbol.asyncDispose]());

it('refuses a target sealed by another Transit key before any harm, and the report says so without any secret', async () => {
  // Kept, for its secrets are what to look for.
  await lab.startDrill(id, { lane, teardown: 'never', local: { targetSealKey: 'another-key' } });
  const report = await lab.finished(id);
  expect(report.result).toBe('failed');
  expect(report.reason).toContain('same-seal');
  expect(report.reason).toContain('another-key');
  expect(report.phases.map(({ name }) => name)).toEqual(['provision', 'preflight']);
  expect(report.cleanup.outcome).toBe('kept');

  const secrets = await readLaneSecrets(join(lab.stateDir, 'lanes', lane));
  expect(secrets.size).toBeGreaterThan(15);
  expect(await secretsInTraces(lab, id, report.drillId, secrets)).toEqual([]);
  const down = await lab.openbaoDr(['down', lane]);
  expect(down.exitCode, down.stderr).toBe(0);
});
