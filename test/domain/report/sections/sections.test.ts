import { describe, expect, it } from 'vitest';
import { renderReportHtml } from '../../../../domain/report/html/page.js';
import { renderReportMarkdown } from '../../../../domain/report/report-markdown.js';
import type { Block } from '../../../../domain/report/sections/blocks.js';
import { sectionsOf } from '../../../../domain/report/sections/sections.js';
import { piecesOf, type Text } from '../../../../domain/report/sections/text.js';
import type { PhaseName, PhaseOutcome, PhaseRecord } from '../../../../domain/run/phases.js';
import type { DrillReport } from '../../../../domain/report/report.js';
import { exampleReport } from '../example-report.js';
import { failedSourceLoss, passedSourceLoss } from '../source-loss-reports.js';

interface Words {
  readonly both: readonly string[];
  readonly pageOnly: readonly string[];
}

/** Every word that stands in blocks, apart by whether all forms show it. */
const wordsOf = (blocks: readonly Block[], pageOnly = false): Words => {
  const both: string[] = [];
  const page: string[] = [];
  const add = (text: Text | number): void => {
    const pieces =
      typeof text === 'number' ? [] : piecesOf(text).map((piece) => (typeof piece === 'string' ? piece : piece.text));
    (pageOnly ? page : both).push(...pieces.flatMap((piece) => piece.split(/\s+/)));
  };
  for (const block of blocks) {
    if (block.kind === 'paragraph' || block.kind === 'preformatted') add(block.text);
    if (block.kind === 'pairs') block.rows.flat().forEach(add);
    if (block.kind === 'bullets') block.items.forEach(add);
    if (block.kind === 'table') [...block.head, ...block.rows.flatMap(({ cells }) => cells)].forEach(add);
    if (block.kind === 'figures') {
      block.figures
        .flatMap(({ name, value, note, objective }) => [name, value, note, objective?.text ?? ''])
        .forEach(add);
    }
    if (block.kind === 'part') {
      const inside = wordsOf(block.blocks, pageOnly || block.onlyPage === true);
      both.push(...inside.both);
      page.push(...inside.pageOnly);
      if (block.answer !== undefined) add(block.answer);
      add(block.title);
    }
  }
  return { both, pageOnly: page };
};

/** Without what a form adds to make words stay text, and without white space. */
const bare = (text: string): string =>
  text
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(
      /&(amp|lt|gt|quot|#39|#96);/g,
      (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? '',
    )
    .replaceAll(/[\\`'\s]/g, '');

const reports: readonly (readonly [string, DrillReport])[] = [
  ['passed', exampleReport()],
  ['passed without its source', passedSourceLoss()],
  ['failed', failedSourceLoss()],
];

describe('the sections of a report', () => {
  it.each(reports)('say the same in Markdown and on the page: %s', (_, report) => {
    const { head, sections } = sectionsOf(report);
    const { both, pageOnly } = wordsOf([...head, ...sections.flatMap(({ blocks }) => blocks)]);
    const html = renderReportHtml(report);
    // A digest is whole in a title where only its beginning is shown.
    const page = bare(html.replaceAll(/ title="([^"]*)">/g, '>$1'));
    const text = bare(renderReportMarkdown(report));
    expect(both.length).toBeGreaterThan(300);
    expect(both.filter((word) => !text.includes(bare(word)))).toEqual([]);
    expect([...both, ...pageOnly].filter((word) => !page.includes(bare(word)))).toEqual([]);
  });

  it('have names and titles of their own, in one order, whatever became of the drill', () => {
    const idsOf = (report: DrillReport): readonly string[] => sectionsOf(report).sections.map(({ id }) => id);
    expect(new Set(idsOf(exampleReport())).size).toBe(idsOf(exampleReport()).length);
    for (const [, report] of reports) expect(idsOf(report)).toEqual(idsOf(exampleReport()));
  });

  it('ask the five questions in one order, with what failed first in each', () => {
    const text = renderReportMarkdown(failedSourceLoss());
    expect([...text.matchAll(/^### (.*\?) (.*)$/gm)].map(([, question, answer]) => [question, answer])).toEqual([
      ['Do source and target belong together?', '✔ 10 of 10 passed'],
      ['Is the backup good?', '✔ 4 of 4 passed'],
      ['Was it restored whole?', '✘ 1 of 9 failed'],
      ['Were clients safe?', '– 1 of 1 passed, then the drill ended'],
      ['Was it within its objectives?', '– not tested'],
    ]);
    expect(text).toContain('No check of this was made: the drill ended in its phase verify.');
  });

  it('count a check that could not be made, and never call its question passed', () => {
    const skipped = { name: 'store-equality', outcome: 'skipped', expected: 'a', observed: 'b', reason: 'c' } as const;
    const [same, marker] = exampleReport().checks;
    const text = renderReportMarkdown(exampleReport({ checks: [same!, marker!, skipped] }));
    expect(text).toContain('### Was it restored whole? – 1 of 2 passed, 1 not made');
    expect(text).toContain('No check of this was made: the plan sets no objective.');
  });

  it('say before anything else that clients have no service, unless they were served again', () => {
    const { clients } = exampleReport();
    const [first] = clients!.outages;
    const { to, ...open } = first!;
    expect(to).toBeDefined();
    const alarm = /\*\*Clients have no service\*\* as far as is known, since 2 Jan 2026, 03:04:15 UTC\./;
    const text = renderReportMarkdown(exampleReport({ result: 'failed', clients: { ...clients!, outages: [open] } }));
    expect(text).toMatch(alarm);
    expect(text.search(alarm)).toBeLessThan(text.indexOf('**Mind ('));
    expect(renderReportMarkdown(exampleReport({ clients: { ...clients!, operations: 0, outages: [] } }))).toMatch(
      alarm,
    );
    expect(renderReportMarkdown(exampleReport())).not.toMatch(alarm);
  });

  it('do not call clients safe in a drill that ended before it could know', () => {
    const answerOf = (report: DrillReport): string | undefined =>
      /^### Were clients safe\? (.*)$/m.exec(renderReportMarkdown(report))?.[1];
    const passed = passedSourceLoss();
    const until = (name: PhaseName, outcome: PhaseOutcome): readonly PhaseRecord[] => [
      ...passed.phases.slice(
        0,
        passed.phases.findIndex((phase) => phase.name === name),
      ),
      { ...passed.phases.find((phase) => phase.name === name)!, outcome },
      passed.phases.at(-1)!,
    ];
    const ended = '– 5 of 5 passed, then the drill ended';
    expect(answerOf(passed)).toBe('✔ 5 of 5 passed');
    expect(answerOf(passedSourceLoss({ result: 'rejected', phases: until('approval', 'rejected') }))).toBe(ended);
    expect(answerOf(passedSourceLoss({ result: 'failed', phases: until('cutover', 'failed') }))).toBe(ended);
    expect(answerOf(passedSourceLoss({ result: 'failed', phases: until('revert', 'failed') }))).toBe(ended);
    // A failover does not bring clients back, and only its last step failed.
    const plan = { ...passed.plan, revert: false };
    const failover = { plan, result: 'failed', phases: until('confirm', 'passed') } as const;
    expect(answerOf(passedSourceLoss(failover))).toBe('✔ 5 of 5 passed');
  });

  it('show what was at stake when people were asked', () => {
    const { decidedOn, rpo } = exampleReport();
    const { lastAcknowledged, lastRecovered } = rpo!;
    const atStake = { lastAcknowledged, lastRecovered, seconds: 41, lostWrites: 86, growing: true };
    expect(renderReportMarkdown(exampleReport({ decidedOn: { ...decidedOn!, atStake } }))).toContain(
      '| At stake when they were asked | 86 writes in 41.0 s, and growing: the source still took writes |',
    );
  });

  it('mark negative controls as such', () => {
    expect(renderReportMarkdown(passedSourceLoss())).toContain(
      '| A copy with one flipped bit is refused (negative control) `flipped-byte-refused` | ✔ passed |',
    );
  });

  it('show which keys of OpenBao itself differ, and how many messages are not listed', () => {
    const { equality } = failedSourceLoss();
    const core = [{ key: 'core/hsm/barrier', difference: 'changed' }] as const;
    const text = renderReportMarkdown(failedSourceLoss({ equality: { ...equality!, core }, moreIgnoredMessages: 7 }));
    expect(text).toContain('| `core/hsm/barrier` | another value |');
    expect(text).toContain('- 7 more messages, not listed');
  });

  it('show the first rows of a very long table, and say how many more there are', () => {
    const group = { name: 'logical/x', entries: 1, sha256: '12'.repeat(32), changed: 1, missing: 0, added: 0 };
    const { equality } = failedSourceLoss();
    const report = failedSourceLoss({ equality: { ...equality!, groups: Array.from({ length: 1234 }, () => group) } });
    for (const text of [renderReportMarkdown(report).replaceAll('`', ''), renderReportHtml(report)]) {
      expect(text).toContain('1,034 more rows are in report.json.');
    }
  });
});
