import { describe, expect, it } from 'vitest';
import { renderReportHtml } from '../../../../domain/report/html/page.js';
import type { DrillReport } from '../../../../domain/report/report.js';
import { exampleReport } from '../example-report.js';
import { failedSourceLoss, passedSourceLoss } from '../source-loss-reports.js';

/** What is read of a page, without its style sheet. */
const textOf = (html: string): string =>
  html
    .replace(/<style>.*<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
const render = (report: DrillReport): string => textOf(renderReportHtml(report));

const optional = [
  ...[
    'snapshot',
    'inspection',
    'equality',
    'decidedOn',
    'rpo',
    'rto',
    'handMoves',
    'cutover',
    'revert',
    'clients',
    'evidence',
  ],
];

/** Only what every report has. */
const bareReport = (): DrillReport => {
  const full = exampleReport({
    result: 'failed',
    reason: 'provision: DiskFull: no space is left',
    timing: { totalSeconds: 1, humanWaitSeconds: 0, machineSeconds: 1 },
    versions: { openbaoDr: '0.1.0', openbao: {} },
    phases: [],
    checks: [],
    approvals: [],
    leftOut: [{ what: 'rpo', why: 'the client never ran' }],
  });
  return Object.fromEntries(
    Object.entries(full).filter(([name]) => !optional.includes(name)),
  ) as unknown as DrillReport;
};

describe('the page of a report', () => {
  it('is one file: no script, no address, nothing that is loaded', () => {
    const html = renderReportHtml(passedSourceLoss());
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|\son\w+=|\sstyle=/i);
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
    expect(html).toContain('width=device-width');
    for (const part of ['prefers-color-scheme:dark', '@media print', '@media (max-width']) expect(html).toContain(part);
  });

  it('opens and closes every element in order', () => {
    for (const report of [passedSourceLoss(), failedSourceLoss(), bareReport()]) {
      const open: string[] = [];
      const html = renderReportHtml(report).replace(/<style>.*<\/style>/s, '');
      for (const [, close, name, end] of html.matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
        if (name === 'meta' || end === '/') continue;
        if (close === '') open.push(name!);
        else expect(open.pop()).toBe(name);
      }
      expect(open).toEqual([]);
    }
  });

  it('says the result first, then why, then the numbers with their objectives', () => {
    const text = textOf(renderReportHtml(passedSourceLoss()).replace(/<nav.*<\/nav>/s, '')).replace(
      /^.*?Recovery drill/,
      'Recovery drill',
    );
    const order = [
      ...['✔ Passed', 'Every check passed', '20260304T091500Z-5f3a9c21', '4 Mar 2026, 09:15:00 to 09:27:36 UTC'],
      ...['Achieved RPO 400 ms 2 acknowledged writes would have been lost in a failover Objective 5.0 s: met'],
      ...['12 min 11 s', 'approved at once: 11.2 s Objective 1 h 00 min: met', 'Outage at the cutover'],
      ...['Checks (31)', 'What was not tested', 'What happened, and when', 'Are the stores equal?', 'Snapshot'],
      ...['Who decided, and on what', 'Signature', 'What this means for controls', 'Clean-up', 'Versions and origin'],
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it.each(['passed', 'failed', 'rejected', 'expired', 'cancelled'] as const)('knows the result %s', (result) => {
    expect(renderReportHtml(exampleReport({ result }))).toMatch(new RegExp(`<h1>. ${result}</h1>`, 'i'));
  });

  it('lets nobody put markup into it', () => {
    const hostile = `</bdi></td><script>alert(1)</script><b title="x" onclick='y'>`;
    const base = passedSourceLoss();
    const html = renderReportHtml(
      passedSourceLoss({
        reason: hostile,
        lane: hostile,
        drillId: hostile,
        workflowId: hostile,
        startedAt: hostile,
        approvals: [
          {
            decision: 'approve',
            approver: hostile,
            comment: hostile,
            evidenceSha256: hostile,
            at: hostile,
            via: 'signal',
          },
        ],
        ignoredMessages: [{ message: hostile, why: hostile, at: hostile }],
        handMoves: [{ to: 'target', by: hostile, comment: hostile, at: hostile }],
        checks: [{ name: 'same-seal', outcome: 'failed', expected: hostile, observed: hostile, reason: hostile }],
        leftOut: [{ what: hostile, why: hostile }],
        cleanup: { outcome: 'failed', failures: [hostile] },
        versions: { openbaoDr: hostile, openbao: { source: hostile, target: hostile } },
        plan: { ...base.plan, approval: { timeoutSeconds: 1, approvers: [hostile] } },
        snapshot: { ...base.snapshot!, key: hostile, sha256: hostile },
        inspection: {
          ...base.inspection!,
          peers: [{ id: hostile, address: hostile, suffrage: 'voter' }],
          openbaoVersions: [hostile],
          seal: { type: hostile, keyVersion: hostile },
          groups: [{ name: hostile, entries: 1, sizeBytes: 1 }],
          leases: { total: 1, login: 0, dynamic: 1, paths: [{ path: hostile, count: 1 }] },
        },
        equality: {
          ...base.equality!,
          groups: [{ name: hostile, entries: 1, sha256: hostile, changed: 1, missing: 0, added: 0 }],
          explained: [{ pattern: hostile, reason: hostile, count: 1 }],
        },
        evidence: { ...base.evidence!, publicKey: hostile, keyName: hostile, signature: hostile, sha256: hostile },
      }),
      { keyFingerprint: hostile },
    );
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/<[^>"]*\sonclick/);
    expect(html).not.toContain('<b title');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('says of everything that is missing that it is, and why if the report knows', () => {
    const text = render(bareReport());
    for (const said of [
      ...[
        '✘ Failed',
        'Achieved RPO not measured The client never ran.',
        'Achieved RTO not measured The report does not say why.',
      ],
      ...['No phase was reached', 'No check was made', 'The stores were not compared', 'No snapshot was taken'],
      ...['The snapshot was not inspected', 'No evidence was shown to a person', 'No person decided.'],
      ...[
        'This report is not signed',
        'Clients were not moved',
        'not made in this drill',
        'OpenBao at the source not known',
      ],
    ]) {
      expect(text).toContain(said);
    }
    expect(text).not.toMatch(/undefined|NaN|null/);
  });

  it('puts what failed first: checks, parts of the stores, clean-up', () => {
    const text = render(failedSourceLoss());
    expect(text).toMatch(
      /Checks \(1 of 24 failed\) Do source .* Was it restored whole\? ✘ 1 of 9 failed Check Outcome Expected Observed The stores are equal, entry by entry store-equality ✘ failed/,
    );
    expect(text).toMatch(
      /The stores differ: .* 3 differences without an explanation.* SHA-256 of it logical\/7ac1a4f1/,
    );
    expect(text).toContain('Failed: what is listed here still has to be undone by hand.');
    expect(text).toContain('The drill ended in its phase verify');
  });

  it('leads to every section from its contents', () => {
    const html = renderReportHtml(passedSourceLoss());
    const links = [...html.matchAll(/<li><a href="#([a-z-]+)">([^<]*)<\/a><\/li>/g)].map(([, id, title]) => [
      id,
      title,
    ]);
    const sections = [...html.matchAll(/<section id="([a-z-]+)"><h2>([^<]*)<\/h2>/g)].map(([, id, title]) => [
      id,
      title,
    ]);
    expect(links.length).toBeGreaterThan(8);
    expect(links).toEqual(sections);
  });

  it('folds what passed, opens what did not, and prints all of it', () => {
    const folded = (html: string): readonly (readonly [string, boolean])[] =>
      [...html.matchAll(/<details class="part"( open)?><summary><h\d>([^<]*)/g)].map(([, open, title]) => [
        title!.trim(),
        open !== undefined,
      ]);
    const failed = new Map(folded(renderReportHtml(failedSourceLoss())));
    expect(failed.get('Is the backup good?')).toBe(false);
    expect(failed.get('Was it restored whole?')).toBe(true);
    expect(failed.get('Passed (8)')).toBe(false);
    const passed = folded(renderReportHtml(passedSourceLoss()));
    expect(passed.length).toBeGreaterThan(8);
    expect(passed.filter(([, open]) => open)).toEqual([]);
    expect(renderReportHtml(passedSourceLoss())).toMatch(
      /@media print\{.*details::details-content\{content-visibility:visible/s,
    );
  });

  it('has the digest, the key and the way to verify in its first card', () => {
    const head = textOf(
      /<header.*<\/header>/s.exec(renderReportHtml(exampleReport(), { keyFingerprint: '9f'.repeat(32) }))![0],
    );
    for (const part of ['ef'.repeat(32), 'drill-evidence, version 1', '9f'.repeat(32), 'openbao-dr verify-report']) {
      expect(head).toContain(part);
    }
    expect(textOf(/<header.*<\/header>/s.exec(renderReportHtml(bareReport()))![0])).toContain('Signature Not signed :');
  });

  it('warns of leases that a restored target would revoke', () => {
    const older = passedSourceLoss();
    Reflect.deleteProperty(older, 'warnings');
    expect(render(older)).toContain('Mind (dynamic-leases): 7 leases of dynamic secrets');
    expect(render(exampleReport({ warnings: [] }))).not.toContain('Mind (');
  });

  it('has what people must know right below the result', () => {
    expect(render(exampleReport())).toMatch(
      /approved the cutover\. Mind \(external-plugins\): 1 external plugin is registered/,
    );
  });

  it('names the digest a decision was bound to, and one that was bound to another or none', () => {
    const { approvals } = passedSourceLoss();
    const [approval] = approvals;
    expect(render(passedSourceLoss())).toContain('cdcdcdcdcdcdcdcd… , the evidence above');
    const other = [{ ...approval!, evidenceSha256: 'ee'.repeat(32) }];
    expect(render(passedSourceLoss({ approvals: other }))).toContain('another evidence than above');
    const { evidenceSha256, ...unbound } = approval!;
    expect(evidenceSha256).toBeDefined();
    expect(render(passedSourceLoss({ approvals: [unbound] }))).toContain('no digest: the decision named none');
  });

  it('shows the fingerprint it is given, and how to verify', () => {
    const html = renderReportHtml(exampleReport(), { keyFingerprint: '9f'.repeat(32) });
    expect(html).toContain('9f'.repeat(32));
    expect(html).toContain('openbao-dr verify-report report.json --public-key KEY.pem');
    expect(html).toContain('Only report.json is signed; this page is not.');
  });
});

describe('the timeline', () => {
  const bars = (html: string, looks: string): readonly { x: number; width: number }[] =>
    [...html.matchAll(new RegExp(`<rect class="bar ${looks}" x="([\\d.]+)%" y="[\\d.]+" width="([\\d.]+)%"`, 'g'))].map(
      ([, x, width]) => ({ x: Number(x), width: Number(width) }),
    );

  it('draws phases to scale with each other', () => {
    const all = bars(renderReportHtml(failedSourceLoss()), 'phase (?:passed|failed)');
    expect(all).toHaveLength(11);
    // 9.8 s and 1.4 s.
    expect(all[0]!.width / all[2]!.width).toBeCloseTo(7, 1);
    expect(all[1]!.x).toBeCloseTo(all[0]!.width, 2);
  });

  it('sets the wait for a person apart, and says when it is drawn shorter', () => {
    const html = renderReportHtml(passedSourceLoss());
    expect(bars(html, 'wait')).toHaveLength(1);
    expect(bars(html, 'wait')[0]!.width).toBeCloseTo(18, 1);
    expect(textOf(html)).toContain('drawn shorter than it was');
    expect(textOf(renderReportHtml(failedSourceLoss()))).not.toContain('waiting for a person');
  });

  it('counts the time a person took to move the clients by hand as waiting, and no longer', () => {
    const base = passedSourceLoss();
    const html = renderReportHtml({
      ...base,
      plan: { ...base.plan, cutover: { way: 'manual', timeoutSeconds: 3600 } },
      handMoves: [{ to: 'target', by: 'ben', at: '2026-03-04T09:27:26.300Z' }],
      humanWaits: [
        ...base.humanWaits!,
        { kind: 'cutover', from: '2026-03-04T09:27:26.000Z', to: '2026-03-04T09:27:26.300Z' },
        { kind: 'cutover', from: '2026-03-04T09:27:29.000Z', to: '2026-03-04T09:27:31.000Z' },
      ],
    });
    expect(bars(html, 'wait').length).toBe(3);
    expect(textOf(html)).toContain('ben said that the clients were moved to the target');
  });

  it('shows who served clients when, and loss, fence and service', () => {
    const html = renderReportHtml(passedSourceLoss());
    expect(['source', 'target', 'nobody'].map((side) => bars(html, `by-${side}`).length)).toEqual([2, 1, 3]);
    for (const label of ['source lost', 'target serves', 'target fenced', 'source serves']) {
      expect(html).toContain(`<span>${label}</span>`);
    }
    expect(html.match(/class="mark-line/g)).toHaveLength(4);
  });

  it('marks on its axis where the wait is drawn shorter, and nowhere else', () => {
    expect(renderReportHtml(passedSourceLoss()).match(/<svg class="break"/g)).toHaveLength(1);
    expect(renderReportHtml(failedSourceLoss())).not.toContain('<svg class="break"');
  });

  it('calls a rejected phase rejected, not failed', () => {
    const [provision, approval] = exampleReport().phases;
    const phases = [provision!, { ...approval!, outcome: 'rejected' as const }];
    const legend = /<ul class="legend">.*?<\/ul>/s.exec(
      renderReportHtml(exampleReport({ result: 'rejected', phases })),
    )![0];
    expect(textOf(legend)).toContain('rejected');
    expect(textOf(legend)).not.toContain('failed');
  });

  it('leaves nothing outside of the drawing', () => {
    for (const report of [exampleReport(), passedSourceLoss(), failedSourceLoss()]) {
      for (const { x, width } of bars(renderReportHtml(report), '[a-z -]+')) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(100.01);
      }
    }
  });
});
