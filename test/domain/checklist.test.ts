import { describe, expect, it } from 'vitest';
import { check } from '../../domain/checks.js';
import { renderChecklist, secondsBetween } from '../../domain/checklist.js';
import { exampleStatus } from './example-report.js';

describe('renderChecklist', () => {
  it('shows what was done with its time, and what runs without one', () => {
    const text = renderChecklist(exampleStatus());
    expect(text).toContain('- ✔ provision (7.5 s)');
    expect(text).toContain('- … approval\n');
    expect(text).toContain('2 of 2 checks passed.');
  });

  it('says that it waits for a person, and until when', () => {
    expect(renderChecklist(exampleStatus())).toMatch(/Waits for a person.*until 2026-01-03T03:04:20\.000Z/);
    expect(renderChecklist(exampleStatus({ waitingFor: undefined }))).not.toContain('Waits');
  });

  it('names who decided', () => {
    const at = '2026-01-02T03:04:40.000Z';
    const approvals = [{ decision: 'reject', approver: 'ben', at, via: 'signal' }] as const;
    expect(renderChecklist(exampleStatus({ approvals }))).toContain('Rejected by ben.');
  });

  it('shows every failed check with expectation and observation', () => {
    const checks = [check('marker-is-source', false, 'phase1-source', 'no marker')];
    const text = renderChecklist(exampleStatus({ checks }));
    expect(text).toContain('0 of 1 checks passed.');
    expect(text).toContain('- ✘ marker-is-source: expected phase1-source, observed no marker');
  });

  it('can be shown before the plan is known', () => {
    const text = renderChecklist(exampleStatus({ lane: undefined, phases: [], checks: [], waitingFor: undefined }));
    expect(text).toContain('Drill on lane …');
  });
});

describe('secondsBetween', () => {
  it('gives tenths of a second', () => {
    expect(secondsBetween('2026-01-02T03:04:05.000Z', '2026-01-02T03:04:06.260Z')).toBe(1.3);
  });
});
