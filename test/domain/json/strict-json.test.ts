import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../domain/json/strict-json.js';

describe('strictly read JSON', () => {
  it.each([
    '{"a":1,"b":{"a":[{"a":2},{"a":3}]},"c":"a"}',
    '[]',
    '"a\\":1,\\"a"',
    '{"a":{"b":1},"b":2}',
    '{"a":-0.5,"b":1e+21,"c":1e-7,"d":0,"e":123.456}',
    ' {\n "a" : [ true , null ] } ',
    '{"__proto__":1,"constructor":2}',
  ])('is the value that JSON.parse reads: %s', (text) => {
    expect(parseStrictJson(text)).toEqual({ value: JSON.parse(text) as unknown });
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":{"c":1},"a":2}',
    '[{"x":{"a":1,"a":2}}]',
    '{"a":1,"\\u0061":2}',
    '{"a" : 1, "a"\n: 2}',
    '{"__proto__":1,"__proto__":2}',
  ])('has no name twice: %s', (text) => {
    expect(parseStrictJson(text)).toEqual({ wrong: expect.stringContaining('twice in one object') as unknown });
  });

  it.each(['{"a":1.0}', '[1e2]', '[-0]', '[10000000000000000001]', '[0.1000000000000000055]', '[1E21]'])(
    'has no number that another program could read as another one: %s',
    (text) => {
      expect(parseStrictJson(text)).toEqual({ wrong: expect.stringContaining('has the number') as unknown });
    },
  );

  it.each(['[', '{"a":'])('is not nested without end: %s', (open) => {
    const deep = (levels: number) => `${open.repeat(levels)}1${(open === '[' ? ']' : '}').repeat(levels)}`;
    expect(parseStrictJson(deep(100))).toHaveProperty('value');
    for (const levels of [101, 1_000_000]) {
      expect(parseStrictJson(deep(levels))).toHaveProperty('wrong');
    }
  });

  it('may have a text of millions of escapes', () => {
    const text = JSON.stringify({ a: '"'.repeat(5_000_000) });
    expect(parseStrictJson(text)).toEqual({ value: { a: '"'.repeat(5_000_000) } });
    expect(parseStrictJson(`${text.slice(0, -1)},"a":1}`)).toHaveProperty('wrong');
  });

  it.each(['', '{', '{"a":1,}', 'undefined', '{"a":1} x', '\ufeff{}'])('is valid: %j', (text) => {
    expect(parseStrictJson(text)).toEqual({ wrong: 'is not valid JSON' });
  });
});
