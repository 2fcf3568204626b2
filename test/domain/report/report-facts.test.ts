import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../../domain/plan/plan-schema.js';
import {
  clientSpans,
  describeClientsAccount,
  describeClientsMoved,
  describeEquality,
  describeOperatorRestore,
  describeRecoveryTime,
  judgeObjective,
  whyAbsent,
} from '../../../domain/report/report-facts.js';
import { exampleReport } from './example-report.js';
import { failedSourceLoss, passedSourceLoss } from './source-loss-reports.js';

describe('the verdict on an objective', () => {
  const plan = parsePlan({ lane: 'local', objectives: { rpoSeconds: 0.3, rtoSeconds: 60 } });

  it('is what the drill checked', () => {
    expect(judgeObjective(passedSourceLoss(), 'rpo')).toEqual({ verdict: 'met', sentence: 'objective 5.0 s: met' });
    const checks = [{ name: 'rpo-objective', outcome: 'failed', expected: '', observed: '' } as const];
    expect(judgeObjective(passedSourceLoss({ checks }), 'rpo').verdict).toBe('missed');
  });

  it('is compared if there is no such check, and open if nothing was measured', () => {
    expect(judgeObjective(exampleReport({ plan }), 'rpo').verdict).toBe('missed');
    expect(judgeObjective(exampleReport({ plan }), 'rto').verdict).toBe('met');
    expect(judgeObjective(failedSourceLoss(), 'rto').verdict).toBe('not measured');
  });

  it('is none without an objective', () => {
    expect(judgeObjective(exampleReport(), 'rto').verdict).toBe('none set');
  });
});

describe('sentences of a report', () => {
  it('say why something is not there', () => {
    expect(whyAbsent(exampleReport({ leftOut: [{ what: 'inspect', why: 'no time' }] }), 'inspection', 'inspect')).toBe(
      'no time',
    );
    expect(whyAbsent(failedSourceLoss(), 'rto')).toBe('the drill ended in its phase verify');
    expect(whyAbsent(exampleReport(), 'rto')).toBe('the report does not say why');
  });

  it('split the recovery time, and count what clients felt', () => {
    const { rto, revert, equality } = exampleReport();
    expect(describeRecoveryTime(rto!)).toBe(
      'from the loss of the source to the first operation that the target served: machine 5.2 s, waiting for people 20.0 s; ' +
        'approved at once it would have been 5.2 s',
    );
    expect(describeClientsMoved(revert!)).toBe(
      'moved to the source by the edge: 340 ms without service, 3 of 20 operations failed, 0 stale reads, 0 writes after the fence',
    );
    expect(describeEquality(equality!)).toMatch(
      /^The stores are equal: .* 0 differences without an explanation, 5 that are expected$/,
    );
  });
});

describe('the restore by an operator', () => {
  const restore = {
    outcome: 'completed',
    message: '',
    startedAt: '2026-01-02T03:04:15.000Z',
    endedAt: '2026-01-02T03:04:31.000Z',
    name: 'drill-1-1',
    uid: 'u1',
    forced: false,
    bound: ['expectedDigest'],
  } as const;

  it('is told in its own words, and not believed', () => {
    expect(describeOperatorRestore(restore)).toBe(
      'The operator ended drill-1-1 as completed after 16.0 s; told expectedDigest. ' +
        "The checks show its outcome; the operator's word does not count",
    );
  });

  it('says that it was forced, and why it failed', () => {
    const said = describeOperatorRestore({ ...restore, outcome: 'failed', message: 'no key', forced: true, bound: [] });
    expect(said).toContain('as failed after 16.0 s: no key; it could be told nothing of the snapshot but its key');
    expect(said).toContain('break-glass: it was forced.');
  });

  it('says why it was forced, as the plan has it', () => {
    const said = describeOperatorRestore({ ...restore, forced: true, forcedBecause: 'our runbook does' });
    expect(said).toContain('; break-glass: it was forced, because "our runbook does". The checks show');
  });
});

describe('the account of the clients', () => {
  it('says who was without service, from when to when, and how many operations failed', () => {
    expect(describeClientsAccount(exampleReport().clients!)).toEqual([
      'without service for 25.5 s in all since 2 Jan 2026, 03:04:15.7 UTC: 64 of 97 operations failed',
      'no service from 2 Jan 2026, 03:04:15.6 to 03:04:40.9 UTC (25.3 s), after the source: 61 operations failed, then the target served',
      'no service from 2 Jan 2026, 03:04:42.0 to 03:04:42.4 UTC (440 ms), after the target: 3 operations failed, then the source served',
    ]);
  });

  it('says so when nobody was seen to serve them again, and when nothing is known', () => {
    const { clients } = exampleReport();
    const open = { ...clients!, outages: [{ from: '2026-01-02T03:04:15.600Z', failedOperations: 1 }] };
    expect(describeClientsAccount(open)[1]).toBe(
      'no service from 2 Jan 2026, 03:04:15.6 UTC, and not seen to be served again: 1 operation failed',
    );
    expect(describeClientsAccount({ ...open, operations: 0 })).toEqual([
      'without service since 2 Jan 2026, 03:04:15.7 UTC as far as is known: the canary made no operation since then',
    ]);
  });

  it('draws the timeline of a cutover that was never finished', () => {
    const { cutover, revert, ...aborted } = exampleReport();
    expect(clientSpans(aborted)).toEqual(aborted.clients?.spans);
    expect(clientSpans(exampleReport())).toEqual([...cutover!.spans, ...revert!.spans]);
  });
});
