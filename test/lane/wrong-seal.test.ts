import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, startLab } from '../support/lab.js';

let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
  await lab.startDev();
}, 120_000);
afterAll(() => lab[Symbol.asyncDispose]());

it('refuses a target sealed by another Transit key before any harm, and the report says so', async () => {
  await lab.startDrill('dr-drill/local-wrong', { lane: 'local-wrong', local: { targetSealKey: 'another-key' } });
  const report = await lab.finished('dr-drill/local-wrong');
  expect(report.result).toBe('failed');
  expect(report.reason).toContain('same-seal');
  expect(report.reason).toContain('another-key');
  expect(report.phases.map(({ name }) => name)).toEqual(['provision', 'preflight', 'teardown']);
  expect(report.cleanup.outcome).toBe('succeeded');
});
