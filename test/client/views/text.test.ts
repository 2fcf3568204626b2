import { describe, expect, it } from 'vitest';
import { byteSize, columns, cut, duration, paintFor, shellWord } from '../../../client/views/text.js';

describe('pieces of views', () => {
  it.each([
    [0, '0.0 s'],
    [-1, '0.0 s'],
    [8.44, '8.4 s'],
    [60, '1 min 00 s'],
    [125, '2 min 05 s'],
    [3600, '1 h 00 min'],
    [86_400, '24 h 00 min'],
  ])('shows %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [5 * 1024 ** 3, '5.0 GiB'],
  ])('shows %d bytes as %s', (bytes, text) => {
    expect(byteSize(bytes)).toBe(text);
  });

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
