import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DevProcess, type Lab, startLab, waitsForApproval } from '../support/lab.js';

const id = 'dr-drill/local';
let lab: Lab;
let dev: DevProcess;

beforeAll(async () => {
  lab = await startLab();
  dev = await lab.startDev();
}, 120_000);
afterAll(() => lab[Symbol.asyncDispose]());

it('goes on after its worker was killed in the middle of the restore', async () => {
  await lab.startDrill(id, { lane: 'local' });
  await lab.until(id, 'the restore to begin', ({ phase }) => phase === 'restore');
  await dev.stop('SIGKILL');
  dev = await lab.startDev();
  await lab.until(id, 'the drill to wait for approval', waitsForApproval);
  const answer = await lab.openbaoDr(['approve', 'local', '--as', 'ann']);
  expect(answer.exitCode, answer.stderr).toBe(0);
  const report = await lab.finished(id);
  expect(report).toMatchObject({ result: 'passed', cleanup: { outcome: 'succeeded' } });
}, 240_000);
