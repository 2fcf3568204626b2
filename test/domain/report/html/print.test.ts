import { describe, expect, it } from 'vitest';
import { renderReportHtml } from '../../../../domain/report/html/page.js';
import { cssString } from '../../../../domain/report/html/print.js';
import { exampleReport } from '../example-report.js';

describe('the edges of a printed page', () => {
  it('name the drill, its result, the page and the digest of the report', () => {
    const html = renderReportHtml(exampleReport());
    expect(html).toContain('@top-left{content:"Drill 20260102T030405Z-0123abcd: passed"');
    expect(html).toContain('content:"Page " counter(page) " of " counter(pages)');
    expect(html).toContain(`@bottom-left{content:"SHA-256 of the report: ${'ef'.repeat(32)}"`);
    const { evidence, ...unsigned } = exampleReport();
    expect(evidence).toBeDefined();
    expect(renderReportHtml(unsigned)).toContain('@bottom-left{content:"Not signed"');
  });

  it('stay one string of the style sheet, whatever is in it', () => {
    expect(cssString('a"}</style><script>\n\\é😀')).toBe(
      '"a\\22 \\7d \\3c \\2f style\\3e \\3c script\\3e \\a \\5c \\e9 \\1f600 "',
    );
    const html = renderReportHtml(exampleReport({ drillId: '"}</style><script>alert(1)</script>' }));
    expect(html.match(/<\/style>/g)).toHaveLength(1);
    expect(html).not.toContain('<script');
  });
});
