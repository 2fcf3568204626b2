import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Topology } from '../../domain/pair/topology.js';
import { type RealDrills, startRealDrills } from '../support/drills/real-drills.js';
import { recordHistory } from '../support/drills/record-history.js';
import { flipByte } from '../support/tamper.js';
import { waitsForApproval } from '../support/lab.js';

/**
 * Records the histories that `replay.test.ts` replays: real drills on real servers. Run by `npm run record-histories`, after
 * a change of the workflow that is meant to break with what waits; never edited by hand.
 */
const tampered = 'dr-drill/local-tampered';

let drills: RealDrills;

beforeAll(async () => {
  let topology: Topology | undefined;
  drills = await startRealDrills((steps, ports) => ({
    async checkRequirements(input) {
      topology = input.topology;
      return steps.checkRequirements(input);
    },
    // Between backup and restore somebody changes the object.
    async submitRestore(input) {
      if (`dr-drill/${input.lane}` === tampered) await flipByte(ports, topology!.bucket.source, input.snapshot.key);
      return steps.submitRestore(input);
    },
  }));
});
afterAll(() => drills[Symbol.asyncDispose]());

const record = (name: string, workflowId: string): Promise<void> => recordHistory(drills, name, workflowId);

it('records a drill that waits, and then is approved', async () => {
  const id = 'dr-drill/local-approved';
  await drills.start(id, { lane: 'local-approved' });
  await drills.until(id, 'the drill to wait', waitsForApproval);
  await record('waiting', id);
  await drills.signal(id, 'approveCutover', { approver: 'ann' });
  expect(await drills.finished(id)).toMatchObject({ result: 'passed' });
  await record('approved', id);
});

it('records a drill that is rejected', async () => {
  const id = 'dr-drill/local-rejected';
  await drills.start(id, { lane: 'local-rejected' });
  await drills.until(id, 'the drill to wait', waitsForApproval);
  await drills.signal(id, 'rejectCutover', { approver: 'ann', reason: 'not today' });
  expect(await drills.finished(id)).toMatchObject({ result: 'rejected' });
  await record('rejected', id);
});

it('records a drill that nobody decides', async () => {
  const id = 'dr-drill/local-expired';
  await drills.start(id, { lane: 'local-expired', approval: { timeout: '2s' } } as { lane: string });
  expect(await drills.finished(id)).toMatchObject({ result: 'expired' });
  await record('expired', id);
});

it('records a drill whose snapshot was changed between backup and restore', async () => {
  await drills.start(tampered, { lane: 'local-tampered' });
  const report = await drills.finished(tampered);
  expect(report).toMatchObject({ result: 'failed', cleanup: { outcome: 'succeeded' } });
  expect(report.reason).toContain('is not the one recorded with it');
  await record('failed-restore', tampered);
});

it('records a drill that loses its source', async () => {
  const id = 'dr-drill/local-lost';
  await drills.start(id, { lane: 'local-lost', disaster: 'source-loss', objectives: { rtoSeconds: 600 } } as {
    lane: string;
  });
  await drills.until(id, 'the drill to wait', waitsForApproval);
  await drills.signal(id, 'approveCutover', { approver: 'ann' });
  expect(await drills.finished(id)).toMatchObject({ result: 'passed' });
  await record('lost-source', id);
});

it('records a drill whose clients are moved by hand', async () => {
  const id = 'dr-drill/local-hand';
  await drills.start(id, { lane: 'local-hand', cutover: { way: 'manual' } } as { lane: string });
  await drills.until(id, 'the drill to wait', waitsForApproval);
  await drills.signal(id, 'approveCutover', { approver: 'ann' });
  for (const to of ['target', 'source'] as const) {
    await drills.until(id, `the drill to wait for the ${to}`, ({ waitingFor }) => waitingFor?.to === to);
    await drills.ports.lanes.open('local-hand').clients.pointAt(to);
    await drills.signal(id, 'cutoverDone', { by: 'ann' });
  }
  expect(await drills.finished(id)).toMatchObject({ result: 'passed' });
  await record('moved-by-hand', id);
});
