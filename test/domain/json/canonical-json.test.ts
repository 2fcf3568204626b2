import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../domain/json/canonical-json.js';

describe('canonicalJson', () => {
  it('gives the same text whatever the order of members', () => {
    expect(canonicalJson({ b: 1, a: { d: [2, { z: null, y: 'x' }], c: true } })).toBe(
      '{"a":{"c":true,"d":[2,{"y":"x","z":null}]},"b":1}',
    );
  });

  it('keeps the order of lists', () => {
    expect(canonicalJson([3, 1, 2])).toBe('[3,1,2]');
  });

  it('leaves members out that are undefined, as JSON does, and has null for such items', () => {
    expect(canonicalJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  });

  it('escapes text so that it parses back to itself', () => {
    const value = { 'a"b\\': 'line\nbreak ü 😀' };
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
  });

  it('sorts members by UTF-16 code units, not by a language', () => {
    expect(canonicalJson({ ä: 1, z: 2, Z: 3, '10': 4, '9': 5 })).toBe('{"10":4,"9":5,"Z":3,"z":2,"ä":1}');
  });
});
