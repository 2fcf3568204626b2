import { describe, expect, it } from 'vitest';
import { patienceOf } from '../../../domain/plan/patience.js';

const patience = { firstCheckSeconds: 30, beforeSeconds: 600, afterRestoreSeconds: 86_400 };

describe('the patience of a step', () => {
  it.each([
    ['before its plan is known', undefined, undefined, false, 'runbook', 30],
    ['in preflight', patience, 'preflight', false, 'runbook', 30],
    ['before the restore', patience, 'backup', false, 'runbook', 600],
    ['once a restore may have been submitted', patience, 'restore', true, 'runbook', 86_400],
    ['of the proof after the restore', patience, 'verify', true, 'runbook', 86_400],
    ['while the clients can still be given back', patience, 'cutover', true, 'runbook', 120],
    ['on the way back of the clients', patience, 'revert', true, 'runbook', 86_400],
    ['of the clean-up', patience, 'teardown', true, 'tidying', 600],
    ['of what a run can do without', patience, 'verify', true, 'aside', 60],
    ['of the signature of a drill that passed', patience, 'teardown', true, 'signing of a pass', 86_400],
    ['of the signature of another', patience, 'teardown', true, 'signing', 600],
  ] as const)('%s', (_, of, phase, mayBeRestored, role, seconds) => {
    expect(patienceOf(of, { phase, mayBeRestored }, role)).toBe(seconds);
  });

  it('is never longer at the cutover than before', () => {
    expect(patienceOf({ ...patience, beforeSeconds: 5 }, { phase: 'confirm', mayBeRestored: true }, 'runbook')).toBe(5);
  });
});
