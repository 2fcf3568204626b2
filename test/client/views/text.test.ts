import { describe, expect, it } from 'vitest';
import { columns, cut, paintFor, shellWord } from '../../../client/views/text.js';

describe('pieces of views', () => {
  it('aligns columns', () => {
    expect(
      columns([
        ['a', 'bb'],
        ['ccc', 'd'],
        ['e', ''],
      ]),
    ).toBe('  a    bb\n  ccc  d\n  e');
  });

  it('cuts what is too long, visibly', () => {
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('abcd', 4)).toBe('abcd');
  });

  it('quotes only what a shell would not take as one word', () => {
    expect(shellWord('dr-drill/local')).toBe('dr-drill/local');
    expect(shellWord("it's")).toBe(`'it'\\''s'`);
    expect(shellWord('')).toBe(`''`);
  });

  it('is coloured only on a terminal whose user did not ask for none', () => {
    expect(paintFor({ isTTY: true }, {}).red('x')).not.toBe('x');
    expect(paintFor({ isTTY: false }, {}).red('x')).toBe('x');
    expect(paintFor({ isTTY: true }, { NO_COLOR: '1' }).red('x')).toBe('x');
    expect(paintFor({ isTTY: true }, { TERM: 'dumb' }).red('x')).toBe('x');
  });
});
