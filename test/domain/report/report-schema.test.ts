import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { findReportProblems, reportJsonSchema, reportSchema } from '../../../domain/report/report-schema.js';
import { exampleReport } from './example-report.js';
import { failedSourceLoss, passedSourceLoss } from './source-loss-reports.js';

describe('the schema of a report', () => {
  it.each([
    ['the example, which has every member', exampleReport()],
    ['a drill that passed', passedSourceLoss()],
    ['a drill that failed', failedSourceLoss()],
  ])('accepts %s', (_, report) => {
    expect(findReportProblems(report)).toEqual([]);
  });

  it('knows no optional member that the example lacks', () => {
    const known = Object.keys(reportSchema.shape).filter((name) => name !== 'handMoves' && name !== 'operatorRestore');
    expect(Object.keys(exampleReport()).sort()).toEqual(known.sort());
  });

  it('names what is wrong by its member, and quotes nothing of it', () => {
    const report = { ...exampleReport(), result: 'hunter2', endedAt: 'hunter2' };
    const problems = findReportProblems(report);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['result', 'endedAt']);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('lets later versions add members, but none beside the signature, which does not cover them', () => {
    const report = exampleReport();
    expect(findReportProblems({ ...report, later: 1 })).toEqual([]);
    expect(findReportProblems({ ...report, evidence: { ...report.evidence, later: 1 } })).toHaveLength(1);
  });

  it('takes a signature in one spelling only', () => {
    const report = exampleReport();
    const evidence = { ...report.evidence, signature: `${'A'.repeat(85)}B==` };
    expect(findReportProblems({ ...report, evidence })).toHaveLength(1);
  });

  it('is published as the JSON Schema in the package: `npm run schema` writes it anew', async () => {
    const published = await readFile(new URL('../../../schemas/drill-report-2.schema.json', import.meta.url), 'utf8');
    expect(published).toBe(`${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`);
  });
});
