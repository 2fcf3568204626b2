import prettier from 'prettier';
import { describe, expect, it } from 'vitest';
import { cell, codeBlock, codeSpan, inline } from '../../../../domain/report/markdown/escape.js';
import { renderReportMarkdown } from '../../../../domain/report/report-markdown.js';
import { exampleReport } from '../example-report.js';

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

/** The tree that a Markdown parser makes of it: Prettier's, which knows tables and bare addresses. */
const parse = async (text: string): Promise<readonly Node[]> => {
  const { __debug } = prettier as unknown as {
    __debug: { parse(text: string, options: object): Promise<{ readonly ast: Node }> };
  };
  const all = (node: Node): readonly Node[] => [node, ...(node.children ?? []).flatMap(all)];
  return all((await __debug.parse(text, { parser: 'markdown' })).ast);
};

const typesIn = async (text: string): Promise<ReadonlySet<string>> =>
  new Set((await parse(text)).map(({ type }) => type));

const hostile = [
  '[click](https://evil.example)',
  '[click](//evil.example/x)',
  '![x](//evil.example/i.png)',
  '![x](https://evil.example/i.png)',
  '<https://evil.example>',
  'https://evil.example/x',
  'www.evil.example',
  'mailto:ann@example.com',
  '@everyone',
  'closes #12',
  '<img src=x onerror=alert(1)>',
  '<!-- hidden -->',
  '**bold** _it_ ~~gone~~ `code`',
  '[a]: //evil.example',
  '# title',
  '- item',
  '1. item',
  '> quote',
  'x | y',
  '`https://a|b` ``@c``',
  '&lt;b&gt;',
];

/** What is live or marked up; the rest is text, code and what holds them. */
const forbidden = [
  'link',
  'image',
  'html',
  'strong',
  'emphasis',
  'delete',
  'heading',
  'list',
  'blockquote',
  'linkReference',
  'definition',
];

describe('words of others in Markdown', () => {
  it.each(hostile)('stay text: %s', async (text) => {
    const types = await typesIn(inline(text));
    for (const type of forbidden) expect(types).not.toContain(type);
    const row = await typesIn(`| a | b |\n| --- | --- |\n| ${cell(text)} | end |`);
    for (const type of forbidden) expect(row).not.toContain(type);
  });

  it.each(hostile)('stay in their cell: %s', async (text) => {
    const nodes = await parse(`| a | b |\n| --- | --- |\n| ${cell(text)} | end |`);
    expect(nodes.filter(({ type }) => type === 'tableCell')).toHaveLength(4);
  });

  it.each([...hostile, 'a\\|b', '`', 'a\n\n# b'])('stay code where they are code: %s', async (text) => {
    const types = await typesIn(`see ${codeSpan(text, false)} and`);
    const nodes = await parse(`| a | b |\n| --- | --- |\n| ${codeSpan(text, true)} | end |`);
    const block = await typesIn(codeBlock(text));
    for (const type of forbidden) {
      expect(types).not.toContain(type);
      expect(nodes.map((node) => node.type)).not.toContain(type);
      expect(block).not.toContain(type);
    }
    expect(nodes.filter(({ type }) => type === 'tableCell')).toHaveLength(4);
  });

  it('are live without it, or these tests would show nothing', async () => {
    const types = await typesIn(hostile.join('\n\n'));
    for (const type of ['link', 'image', 'html', 'strong', 'heading', 'list']) expect(types).toContain(type);
  });

  it('call nobody by a mention: names are code', () => {
    expect(inline('ann@example.com and @bea')).toBe('`ann@example.com` and `@bea`');
    expect(inline('a`@b`')).toBe('`` a`@b` ``');
    expect(cell('see https://a|b')).toBe('see `https://a\\|b`');
    expect(inline('plain words, 3 of 4')).toBe('plain words, 3 of 4');
  });

  it('add nothing to a report but text, wherever they come from', async () => {
    const { equality } = exampleReport();
    const full = exampleReport({ equality: { ...equality!, core: [{ key: 'core/x', difference: 'added' }] } });
    const plain = await parse(renderReportMarkdown(full));
    const count = (nodes: readonly Node[], type: string): number => nodes.filter((node) => node.type === type).length;
    for (const text of hostile) {
      const report = exampleReport({
        reason: text,
        leftOut: [{ what: text, why: text }],
        ignoredMessages: [{ message: text, why: text, at: 'now' }],
        checks: [{ name: 'same-seal', outcome: 'failed', expected: text, observed: text, reason: text }],
        approvals: [{ decision: 'reject', approver: text, comment: text, at: 'now', via: 'signal' }],
        cleanup: { outcome: 'failed', failures: [text] },
        handMoves: [{ to: 'target', by: text, comment: text, at: 'now' }],
        drillId: text,
        lane: text,
        workflowId: text,
        runId: text,
        warnings: [{ name: 'external-plugins', sentence: text }],
        versions: { openbaoDr: text, openbao: { source: text, target: text } },
        snapshot: { ...full.snapshot!, key: text, sha256: text, takenAt: text, versionId: text },
        inspection: {
          ...full.inspection!,
          openbaoVersions: [text],
          seal: { type: text, keyVersion: text },
          peers: [{ id: text, address: text, suffrage: 'voter' }],
          leases: { total: 1, login: 0, dynamic: 1, paths: [{ path: text, count: 1 }] },
        },
        equality: {
          ...full.equality!,
          groups: [{ name: text, entries: 1, sha256: text, changed: 1, missing: 0, added: 0 }],
          core: [{ key: text, difference: 'added' }],
          explained: [{ pattern: text, reason: text, count: 1 }],
        },
        decidedOn: { sha256: text },
        evidence: { ...full.evidence!, publicKey: text, keyName: text, signature: text, sha256: text },
      });
      const nodes = await parse(renderReportMarkdown(report));
      for (const type of ['link', 'image', 'html']) expect(count(nodes, type)).toBe(0);
      expect(count(nodes, 'heading')).toBe(count(plain, 'heading'));
    }
  });
});
