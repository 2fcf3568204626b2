import { describe, expect, it } from 'vitest';
import { conclude } from '../../../domain/run/conclusion.js';
import { renderChecklist } from '../../../domain/run/checklist.js';
import { renderReportMarkdown } from '../../../domain/report/report-markdown.js';
import type { SnapshotInspection } from '../../../domain/snapshot/inspection.js';
import { snapshotWarnings } from '../../../domain/snapshot/snapshot-warnings.js';
import { addWarnings, type Warning, withWarnings } from '../../../domain/run/warnings.js';
import { exampleReport, exampleStatus } from '../report/example-report.js';

const plugins: Warning = { name: 'external-plugins', sentence: 'Install them.' };
const seals: Warning = { name: 'namespaces-with-own-seal', sentence: 'Ask for the keys.' };

describe('warnings', () => {
  it('stand in the first line of a drill that passed, and in no other', () => {
    const clean = { outcome: 'succeeded', failures: [] } as const;
    expect(conclude({ result: 'passed', reason: 'every check passed' }, [], clean, [plugins, seals]).reason).toBe(
      'every check passed (mind 2 warnings: external plugins; namespaces with own seal)',
    );
    const rejected = { result: 'rejected', reason: 'ann rejected it' } as const;
    expect(conclude(rejected, [], clean, [plugins])).toEqual(rejected);
    expect(withWarnings('every check passed', [])).toBe('every check passed');
  });

  it('are said once each, in their latest words', () => {
    const later = { ...plugins, sentence: 'Install three.' };
    expect(addWarnings([plugins, seals], [later])).toEqual([later, seals]);
  });

  it('are above the tables of a report, and in the checklist of a drill that runs', () => {
    const text = renderReportMarkdown(exampleReport({ warnings: [seals] }));
    expect(text.indexOf('**Mind (namespaces-with-own-seal):** Ask for the keys.')).toBeLessThan(
      text.indexOf('| Figure'),
    );
    const checklist = renderChecklist(exampleStatus({ warnings: [seals] }), 0);
    expect(checklist).toContain('**Mind (namespaces-with-own-seal):**');
  });
});

describe('the warnings of a snapshot', () => {
  const inspection = (change: Partial<SnapshotInspection>): SnapshotInspection => {
    const { inspection: example } = exampleReport();
    if (example === undefined) throw new Error('the example has an inspection');
    return { ...example, ...change };
  };

  it('are none for a store that has nothing of the kind', () => {
    expect(snapshotWarnings(inspection({}))).toEqual([]);
  });

  it('count namespaces with a seal of their own, and say who has to come', () => {
    const [warning] = snapshotWarnings(inspection({ ownSeals: { namespaces: 2, ids: ['a', 'b'] } }));
    expect(warning?.name).toBe('namespaces-with-own-seal');
    expect(warning?.sentence).toMatch(/^2 namespaces have seals of their own\..*holders of their unseal keys/);
  });

  it('name external plugins, the first of many', () => {
    const [warning] = snapshotWarnings(inspection({ plugins: { total: 3, names: ['secret/a', 'auth/b'] } }));
    expect(warning?.sentence).toMatch(/^3 external plugins are registered: secret\/a, auth\/b and 1 more\./);
  });
});
