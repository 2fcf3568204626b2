import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../client/cli/exit-code.js';
import type { PhaseName, PhaseRecord } from '../../../domain/run/phases.js';
import type { DrillResult } from '../../../domain/report/report.js';

const ended = (result: DrillResult, ...names: readonly PhaseName[]): number => {
  const phases = names.map((name): PhaseRecord => ({ name, startedAt: '2026-01-01T00:00:00Z', attempts: 1 }));
  return exitCodeOf({ result, phases });
};

describe('the exit code of a drill', () => {
  it('is 0 if it passed', () => {
    expect(ended('passed', 'provision', 'preflight', 'restore', 'teardown')).toBe(0);
  });

  it('is 1 if it ran and did not pass', () => {
    expect(ended('failed', 'provision', 'preflight')).toBe(1);
    expect(ended('failed', 'provision', 'preflight', 'seed', 'teardown')).toBe(1);
    expect(ended('rejected', 'provision', 'preflight', 'approval', 'teardown')).toBe(1);
    expect(ended('expired', 'provision', 'preflight', 'approval', 'teardown')).toBe(1);
  });

  it('is 2 if it failed while its lane was made, whatever was cleaned up then', () => {
    expect(ended('failed', 'provision')).toBe(2);
    expect(ended('failed', 'provision', 'teardown')).toBe(2);
    expect(ended('failed', 'provision', 'revert', 'teardown')).toBe(2);
  });

  it('is 1 if somebody cancelled it, however far it had come', () => {
    expect(ended('cancelled')).toBe(1);
    expect(ended('cancelled', 'provision', 'teardown')).toBe(1);
  });
});
