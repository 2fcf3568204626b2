import { describe, expect, it } from 'vitest';
import { renderResult } from '../../../client/views/result.js';
import { renderStatus } from '../../../client/views/run/status-view.js';
import { whereToLook } from '../../../client/views/where-to-look.js';
import { exampleReport, exampleStatus } from '../../domain/report/example-report.js';

describe('renderResult', () => {
  it('says the result and why first, then checks, times and where the report is', () => {
    const lines = renderResult(exampleReport(), '/state/reports/x').split('\n');
    expect(lines[0]).toBe('PASSED: Every check passed; ann@example.com approved the cutover');
    expect(lines).toContain('  ✔ same-seal         the same on both sides');
    expect(lines).toContain(
      '  Time          40.0 s (machine 20.0 s, waiting for a person 20.0 s, restore call to verified 4.2 s)',
    );
    expect(lines.at(-1)).toBe('  Report        /state/reports/x');
  });

  it('names no folder when the report is kept elsewhere', () => {
    expect(renderResult(exampleReport(), undefined)).not.toContain('Report ');
  });

  it('shows what was expected where it was not seen', () => {
    const checks = [{ name: 'same-seal', outcome: 'failed', expected: 'one key', observed: 'two' }] as const;
    const text = renderResult(exampleReport({ result: 'failed', checks }), undefined);
    expect(text).toContain('✘ same-seal  expected one key, observed two');
  });

  it('says what a failover would have lost, and what came to it while people decided', () => {
    const { rpo } = exampleReport();
    const deciding = exampleReport({ rpo: { ...rpo!, whileDeciding: { seconds: 45.6, estimatedWrites: 228 } } });
    const text = renderResult(deciding, undefined);
    expect(text).toMatch(/Achieved RPO +400 ms, 2 acknowledged writes would have been lost in a failover\n/);
    expect(text).toMatch(/ {16}45\.6 s more, about 228 writes, while people decided, which is not counted\n/);
    expect(text).toMatch(/Achieved RTO +25\.2 s from the loss \(machine 5\.2 s, people 20\.0 s\)/);
    const cutover = { name: 'cutover', startedAt: deciding.startedAt, outcome: 'passed', attempts: 1 } as const;
    const stayed = { ...deciding, phases: [...deciding.phases, cutover] };
    expect(renderResult(stayed, undefined)).toContain('2 acknowledged writes were lost');
    const back = { ...stayed, phases: [...stayed.phases, { ...cutover, name: 'revert' as const }] };
    expect(renderResult(back, undefined)).toContain('would have been lost in a failover');
  });
});

describe('renderStatus', () => {
  it('tells what a drill waits for, with the evidence', () => {
    const text = renderStatus(exampleStatus());
    expect(text).toContain('waits for a person to approve or reject the cutover');
    expect(text).toMatch(/Evidence +cd/);
  });

  it('tells how it ended', () => {
    const report = exampleReport({ result: 'rejected', reason: 'ben rejected the cutover' });
    const text = renderStatus(exampleStatus({ report, waitingFor: undefined }));
    expect(text).toContain('rejected: ben rejected the cutover');
    expect(text).not.toContain('Evidence');
  });
});

describe('whereToLook', () => {
  const settings = { address: '127.0.0.1:7233', namespace: 'default', connectionOptions: {}, named: true };
  const drill = { workflowId: 'dr-drill/local', runId: 'r1' };

  it("is the drill's page where the UI is known, else the server", () => {
    expect(whereToLook({ settings, uiUrl: 'http://127.0.0.1:8233' }, drill)).toContain(
      'http://127.0.0.1:8233/namespaces/default/workflows/dr-drill%2Flocal/r1',
    );
    expect(whereToLook({ settings }, drill)).toBe(
      'Workflow dr-drill/local at Temporal 127.0.0.1:7233, namespace default',
    );
  });
});
