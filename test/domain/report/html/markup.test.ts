import { describe, expect, it } from 'vitest';
import { markup } from '../../../../domain/report/html/markup.js';

describe('markup', () => {
  it('escapes whatever is text, in text and in attributes', () => {
    const hostile = `<img src=x onerror="alert('1')">&\``;
    expect(markup`<p title="${hostile}">${hostile}</p>`.html).not.toMatch(/<img|="alert|'1'/);
    expect(markup`<p>${'a & b < c'}</p>`.html).toBe('<p>a &amp; b &lt; c</p>');
  });

  it('keeps markup as it is, alone and in lists', () => {
    const item = markup`<li>${1}</li>`;
    expect(markup`<ul>${[item, item]}</ul>${item}`.html).toBe('<ul><li>1</li><li>1</li></ul><li>1</li>');
  });

  it('shows characters that hide or turn text', () => {
    expect(markup`${'ann\u202e\u200b\u0000@x'}`.html).toBe('ann[U+202E][U+200B][U+0000]@x');
    expect(markup`${'line\nnext ü 😀'}`.html).toBe('line\nnext ü 😀');
  });
});
