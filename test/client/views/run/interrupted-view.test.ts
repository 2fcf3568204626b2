import { expect, it } from 'vitest';
import type { DrillState } from '../../../../client/drills/drill-state.js';
import { renderInterrupted } from '../../../../client/views/run/interrupted-view.js';
import { renderSilence } from '../../../../client/views/run/silence-view.js';

const state: DrillState = {
  ...{ state: 'interrupted', exitCode: 1, drillId: 'd1', lane: 'local', startedAt: '2026-11-28T09:00:00.000Z' },
  ...{ workflowId: 'dr-drill/local', runId: 'r1', phase: 'verify', phases: [], checks: [], approvals: [] },
  ...{ ignoredMessages: [], waitingFor: undefined, snapshot: undefined, evidence: undefined, report: undefined },
  knownFrom: 'temporal',
  silence: { why: 'slow', workers: ['openbao-dr 0.1.0 4711@worker-0'] },
  pending: [
    {
      step: 'verifyTarget',
      attempt: 7,
      lastFailure: { type: 'OpenBaoUnavailable', message: 'OpenBao is sealed.' },
      since: '2026-11-28T09:01:00.000Z',
    },
    { step: 'runClient', attempt: 1 },
  ],
};

it('says which step of a drill that does not answer is tried again, and what its last attempt failed of', () => {
  const text = renderInterrupted(state, undefined, { now: Date.parse('2026-11-28T09:03:00.000Z') });
  expect(text.split('\n').slice(1)).toEqual([
    '  verifyTarget waits since 2026-11-28T09:01:00.000Z (2 min 00 s), attempt 7: OpenBaoUnavailable: OpenBao is sealed.',
    '  A worker is there (openbao-dr 0.1.0 4711@worker-0) and did not answer in time: it may be busy, so try again. If no worker can move it any more, terminate it, then give clients back with `openbao-dr undo local`.',
  ]);
});

it('names no worker that nobody named', () => {
  const silent = { lane: 'local', workflowId: 'dr-drill/local' };
  expect(renderSilence({ why: 'slow', workers: [] }, silent)).toMatch(/^A worker is there and did not answer/);
});
