import { describe, expect, it } from 'vitest';
import { check } from '../../../domain/run/checks.js';
import { conclude, measure } from '../../../domain/run/conclusion.js';
import type { CleanupReport } from '../../../domain/report/report.js';

const passed = { result: 'passed', reason: 'every check passed' } as const;
const good = check('same-seal', true, 'one key', 'one key');
const bad = check('marker-is-source', false, 'phase1-source', 'phase1-target');
const clean: CleanupReport = { outcome: 'succeeded', failures: [] };
const dirty: CleanupReport = { outcome: 'failed', failures: ['lane taken down: no way'] };

describe('conclude', () => {
  it('lets a drill pass whose checks passed and whose clean-up succeeded', () => {
    expect(conclude(passed, [good], clean)).toEqual(passed);
  });

  it('fails a drill that claims to have passed with a failed check', () => {
    expect(conclude(passed, [good, bad], clean)).toEqual({
      result: 'failed',
      reason: 'The check marker-is-source failed: expected phase1-source, observed phase1-target',
    });
  });

  it('fails a drill whose clean-up failed, and says what is left', () => {
    expect(conclude(passed, [good], dirty)).toEqual({
      result: 'failed',
      reason: 'Clean-up failed: lane taken down: no way',
    });
  });

  it('counts a clean-up that the plan leaves out as none that failed', () => {
    expect(conclude(passed, [good], { outcome: 'kept', failures: [] })).toEqual(passed);
  });

  it.each(['failed', 'rejected', 'expired', 'cancelled'] as const)(
    'keeps the result %s, and adds a failed clean-up to its reason',
    (result) => {
      expect(conclude({ result, reason: 'because' }, [bad], clean)).toEqual({ result, reason: 'because' });
      expect(conclude({ result, reason: 'because' }, [good], dirty)).toEqual({
        result,
        reason: 'because; clean-up failed: lane taken down: no way',
      });
    },
  );
});

describe('measure', () => {
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const phase = (name: 'restore' | 'verify' | 'approval', from: number, to: number) =>
    ({ name, startedAt: at(from), endedAt: at(to), outcome: 'passed', attempts: 1 }) as const;

  it("takes every wait for a person as the people's time, once, and the rest as the machine's", () => {
    const phases = [phase('restore', 10, 12), phase('verify', 13, 15.5), phase('approval', 16, 76)];
    const waits = [
      { from: at(17), to: at(47), kind: 'approval' },
      { from: at(50), to: at(70), kind: 'cutover' },
      { from: at(60), to: at(75), kind: 'cutover' },
    ] as const;
    expect(measure(at(0), at(80), phases, waits)).toEqual({
      totalSeconds: 80,
      humanWaitSeconds: 55,
      machineSeconds: 25,
      restoreToVerifiedSeconds: 5.5,
    });
  });

  it('says nothing of a verification that was not reached or did not pass', () => {
    expect(measure(at(0), at(5), [phase('restore', 1, 2)], [])).toEqual({
      totalSeconds: 5,
      humanWaitSeconds: 0,
      machineSeconds: 5,
    });
    const failed = { ...phase('verify', 2, 3), outcome: 'failed' } as const;
    expect(measure(at(0), at(5), [phase('restore', 1, 2), failed], [])).not.toHaveProperty('restoreToVerifiedSeconds');
  });
});
