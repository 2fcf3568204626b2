import { describe, expect, it } from 'vitest';
import { check } from '../../../domain/run/checks.js';
import { renderChecklist, secondsBetween } from '../../../domain/run/checklist.js';
import type { DrillStatus } from '../../../domain/report/report.js';
import { exampleStatus } from '../report/example-report.js';

const render = (status: DrillStatus): string => renderChecklist(status, Date.parse('2026-01-02T03:04:35.000Z'));

describe('renderChecklist', () => {
  it('shows what was done with its time, and what runs without one', () => {
    const text = render(exampleStatus());
    expect(text).toContain('- ✔ provision (7.5 s)');
    expect(text).toContain('- … approval\n');
    expect(text).toContain('2 of 2 checks passed.');
  });

  it('opens with who is waited for, until when, on what evidence, and how to decide', () => {
    const status = exampleStatus();
    const text = render(status);
    expect(text).toMatch(/^\*\*Waits for a person to approve or reject the cutover, until 2026-01-03T03:04:20\.000Z/);
    expect(text).toContain(`- Evidence: ${status.evidence?.sha256}`);
    expect(text).toContain(`signal approveCutover: {"approver":"NAME","evidence":"${status.evidence?.sha256}"}`);
    expect(text).toContain('update decideCutover');
    expect(render(exampleStatus({ waitingFor: undefined }))).not.toContain('Waits');
  });

  it('names who decided', () => {
    const at = '2026-01-02T03:04:40.000Z';
    const approvals = [{ decision: 'reject', approver: 'ben', at, via: 'signal' }] as const;
    expect(render(exampleStatus({ approvals }))).toContain('Rejected by ben.');
  });

  it('shows every failed check with expectation and observation', () => {
    const checks = [check('marker-is-source', false, 'phase1-source', 'no marker')];
    const text = render(exampleStatus({ checks }));
    expect(text).toContain('0 of 1 checks passed.');
    expect(text).toContain('- ✘ marker-is-source: expected phase1-source, observed no marker');
  });

  it('stays short and harmless whatever was observed', () => {
    const observed = `![x](http://evil/${'a'.repeat(100_000)}) <script>`;
    const checks = Array.from({ length: 30 }, () => check('store-equality', false, 'all', observed));
    const approvals = [
      { decision: 'approve', approver: '[a](b)', at: '2026-01-02T03:04:40.000Z', via: 'signal' },
    ] as const;
    const text = render(exampleStatus({ checks, approvals }));
    expect(text.length).toBeLessThan(6_000);
    expect(text).not.toMatch(/(^|[^\\])[[<]/m);
    expect(text).toContain('- ✘ and 25 more');
  });

  it('can be shown before the plan is known', () => {
    const text = render(exampleStatus({ lane: undefined, phases: [], checks: [], waitingFor: undefined }));
    expect(text).toContain('Drill on lane …');
  });
});

describe('secondsBetween', () => {
  it('gives tenths of a second', () => {
    expect(secondsBetween('2026-01-02T03:04:05.000Z', '2026-01-02T03:04:06.260Z')).toBe(1.3);
  });
});
