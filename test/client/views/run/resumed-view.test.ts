import { expect, it } from 'vitest';
import type { FoundRun } from '../../../../client/drills/find-runs.js';
import { renderResumed } from '../../../../client/views/run/resumed-view.js';

const run: FoundRun = {
  ...{ drillId: 'd1', workflowId: 'dr-drill/local', runId: 'r1', lane: 'local', status: 'RUNNING', open: true },
  ...{ phase: 'approval', result: undefined, startedAt: '2026-11-28T09:00:00.000Z', endedAt: undefined },
};
const now = Date.parse('2026-11-28T09:02:05.000Z');

it('is one line a run, with lane, phase and age', () => {
  expect(renderResumed({ runs: [run], more: false }, now)).toEqual([
    'Resuming drill d1, lane local, in phase approval, begun at 2026-11-28T09:00:00.000Z (2 min 05 s ago).',
  ]);
});

it('says so of one that has not begun, and that there are others', () => {
  const fresh = { ...run, lane: undefined, phase: undefined };
  expect(renderResumed({ runs: [fresh], more: true }, now)).toEqual([
    expect.stringContaining('lane not known yet, before its first phase') as string,
    'And others: `openbao-dr list` shows all.',
  ]);
});
