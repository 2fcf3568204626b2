import { describe, expect, it } from 'vitest';
import { renderReportHtml } from '../../../domain/report/html/page.js';
import { renderReportMarkdown } from '../../../domain/report/report-markdown.js';
import { readVersion1 } from '../../../domain/report/report-version-1.js';
import { version1Report } from './version-1-report.js';

describe('a report of version 1', () => {
  it('is told in the words of version 2, and as not signed', () => {
    const report = readVersion1(version1Report());
    expect(report.schemaVersion).toBe(2);
    expect(report.decidedOn).toEqual({ sha256: 'cd'.repeat(32) });
    expect(report.evidence).toBeUndefined();
    expect(report.plan.disaster).toBe('none');
    expect(report.plan.approval.timeoutSeconds).toBe(60);
    expect(report.leftOut.map(({ what }) => what)).toEqual(['rpo', 'signature']);
  });

  it('can be shown in every form', () => {
    const report = readVersion1(version1Report());
    expect(renderReportMarkdown(report)).toContain('not measured: not measured by this version');
    expect(renderReportHtml(report)).toContain('reports of version 1 were not signed');
  });

  it('is refused if it is none', () => {
    expect(() => readVersion1({ schemaVersion: 1 })).toThrow();
  });
});
