import { describe, expect, it } from 'vitest';
import { renderReportMarkdown } from '../../../domain/report/report-markdown.js';
import { exampleReport } from './example-report.js';

describe('renderReportMarkdown', () => {
  it('begins with the result and then says why', () => {
    const [title, , reason] = renderReportMarkdown(exampleReport()).split('\n');
    expect(title).toBe('# Drill 20260102T030405Z-0123abcd on lane local: passed');
    expect(reason).toBe('Every check passed; `ann@example.com` approved the cutover.');
  });

  it.each(['passed', 'failed', 'rejected', 'expired', 'cancelled'] as const)(
    'has the result %s in its title',
    (result) => {
      expect(renderReportMarkdown(exampleReport({ result })).split('\n')[0]).toContain(result);
    },
  );

  it("tells the machine's time from the people's, and restore to verified", () => {
    const text = renderReportMarkdown(exampleReport());
    expect(text).toContain('| Whole drill | 40.0 s | machine 20.0 s |');
    expect(text).toContain('| Waiting for people | 20.0 s |');
    expect(text).toContain('| Restore to verified | 4.2 s |');
    const timing = { totalSeconds: 1, humanWaitSeconds: 0, machineSeconds: 1 };
    expect(renderReportMarkdown(exampleReport({ timing }))).toContain('| Restore to verified | not reached |');
  });

  it('lists phases with time and attempts, and checks with expectation and observation', () => {
    const text = renderReportMarkdown(exampleReport());
    expect(text).toContain('| provision | ✔ passed | 7.5 s | none | 03:04:05.0 | 2 |');
    expect(text).toContain('| approval | ✔ passed | 20.0 s | 20.0 s | 03:04:20.0');
    expect(text).toContain(
      '| Both sides are sealed by the same key `same-seal` | ✔ passed | one key on both sides | the same on both sides |',
    );
  });

  it('counts failed checks in their title, and gives the reason of skipped ones', () => {
    const text = renderReportMarkdown(
      exampleReport({
        checks: [
          { name: 'same-seal', outcome: 'failed', expected: 'a', observed: 'b' },
          { name: 'marker-is-source', outcome: 'skipped', expected: 'a', observed: 'nothing', reason: 'not asked for' },
        ],
      }),
    );
    expect(text).toContain('## Checks (1 of 2 failed)');
    expect(text).toContain('`marker-is-source` | – skipped: not asked for | a | nothing |');
  });

  it('says who decided, in which words, and what was ignored', () => {
    const at = '2026-01-02T03:04:40.000Z';
    const text = renderReportMarkdown(
      exampleReport({
        approvals: [{ decision: 'reject', approver: 'ben', comment: 'too late', at, via: 'signal' }],
        ignoredMessages: [{ message: 'approveCutover', why: '"approver" is missing', at }],
      }),
    );
    expect(text).toContain(
      '| ⊘ rejected | ben (signal) | 2 Jan 2026, 03:04:40 UTC | no digest: the decision named none | too late |',
    );
    expect(text).toContain('approveCutover at 2 Jan 2026, 03:04:40 UTC: "approver" is missing');
    expect(renderReportMarkdown(exampleReport({ approvals: [] }))).toContain('No person decided.');
  });

  it('binds the snapshot by key, size and digest', () => {
    const text = renderReportMarkdown(exampleReport());
    for (const fact of ['01234567.snap', '120.6 KiB (123,456 bytes)', 'ab'.repeat(32), 'cd'.repeat(32)])
      expect(text).toContain(fact);
  });

  it('says so when there is no snapshot, no phase and no check', () => {
    const { snapshot, ...report } = exampleReport({ phases: [], checks: [] });
    expect(snapshot).toBeDefined();
    const text = renderReportMarkdown(report);
    for (const sentence of ['No snapshot was taken', 'No phase was reached.', 'No check was made.']) {
      expect(text).toContain(sentence);
    }
  });

  it('names versions, clean-up and what was left out', () => {
    const cleanup = { outcome: 'failed', failures: ['lane taken down: no way'] } as const;
    const text = renderReportMarkdown(exampleReport({ cleanup }));
    for (const fact of [
      '| openbao-dr | 0.1.0 |',
      '| OpenBao at the source | 2.7.2 |',
      '- Lane taken down: no way.',
      '**rotation of credentials**',
    ]) {
      expect(text).toContain(fact);
    }
  });

  it('says of a lane that was kept only that, for the clients may have been moved back', () => {
    const text = renderReportMarkdown(exampleReport({ cleanup: { outcome: 'kept', failures: [] } }));
    expect(text).toContain('## Clean-up\n\nThe lane was kept.\n');
  });

  it('keeps text of people and servers inside its cell and its line', () => {
    const text = renderReportMarkdown(
      exampleReport({
        reason: 'first\n# second',
        checks: [{ name: 'same-seal', outcome: 'failed', expected: 'a | b\\', observed: '<b>x\n\ny</b>' }],
        approvals: [{ decision: 'approve', approver: 'ann\n## x', comment: '<script>', at: 'now', via: 'signal' }],
      }),
    );
    expect(text).toContain('`same-seal` | ✘ failed | a \\| b\\\\ | &lt;b>x y&lt;/b> |');
    expect(text).not.toMatch(/^#+ (second|x)/m);
    expect(text).not.toContain('<script>');
  });

  it('tells what was lost, how long it took, what clients felt, and on what it stands', () => {
    const text = renderReportMarkdown(exampleReport());
    for (const fact of [
      '**Achieved RPO** 400 ms, 2 acknowledged writes would have been lost in a failover',
      '**Achieved RTO** 25.2 s, from the loss of the source',
      'Moved to the target by the edge: 25.2 s without service, 61 of 130 operations failed',
      '| nobody | 03:04:15.7 | 03:04:40.8 | 25.1 s | 61 |',
      'The stores are equal: 412 entries at the source',
      '| Leases | 3: 3 of logins, 0 of dynamic secrets |',
      `| \`${'cd'.repeat(32)}\`, the evidence above | no comment |`,
      '| Verify with | `openbao-dr verify-report report.json --public-key KEY.pem` |',
      '| NIST SP 800-53 Rev. 5 | CP-10 | 1 | 0 | 8 |',
    ]) {
      expect(text).toContain(fact);
    }
  });

  it('says of what is missing that it is, and why', () => {
    const { rpo, rto, cutover, revert, clients, equality, inspection, evidence, ...report } = exampleReport({
      leftOut: [{ what: 'rpo', why: 'the client never ran' }],
    });
    expect([rpo, rto, cutover, revert, clients, equality, inspection, evidence]).not.toContain(undefined);
    const text = renderReportMarkdown(report);
    for (const fact of [
      ...[
        '**Achieved RPO** not measured: the client never ran',
        '**Achieved RTO** not measured',
        'Clients were not moved',
      ],
      ...['The stores were not compared', 'The snapshot was not inspected', 'This report is not signed'],
    ]) {
      expect(text).toContain(fact);
    }
  });

  it('gives every row of a table as many cells as its head has', () => {
    const blocks = renderReportMarkdown(exampleReport())
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(blocks.length).toBeGreaterThanOrEqual(4);
    for (const block of blocks) {
      const counts = block.split('\n').map((row) => row.split(/(?<!\\)\|/).length);
      expect(new Set(counts).size).toBe(1);
    }
  });
});
