import { describe, expect, it } from 'vitest';
import { createSecretFinder, type Span } from '../../../systems/secrets/secret-finder.js';

const found = (text: string, ...secrets: readonly string[]): readonly string[] =>
  createSecretFinder(secrets)
    .findIn(text)
    .map(({ start, end }) => text.slice(start, end));

describe('a finder of secrets', () => {
  it.each<[string, string, readonly string[], readonly string[]]>([
    ['none', 'said nothing', ['secret-1'], []],
    ['the longest of those that begin alike', 'said secret-1-and', ['secret', 'secret-1', 'secret-1-or'], ['secret-1']],
    ['a shorter one that others sort after', 'said secret-1x', ['secret-1', 'secret-1a', 'secret-1z'], ['secret-1']],
    ['one that is as long as the text', 'secret-1', ['secret-1', 'secret-12'], ['secret-1']],
    ['two that overlap, as one', 'x abcdefghijkl y', ['abcdefgh', 'efghijkl'], ['abcdefghijkl']],
    ['one inside of another, as one', 'x abcdefghijkl y', ['abcdefghijkl', 'cdefgh'], ['abcdefghijkl']],
    ['two that touch, as two', 'x secret-1secret-1 y', ['secret-1'], ['secret-1', 'secret-1']],
    ['the beginning of one that a quote cuts', 'x secret-… y', ['secret-1', 'secret-2'], ['secret-']],
    ['no beginning that goes on', 'x secret-z… y', ['secret-1', 'secret-2'], []],
    ['no beginning of few letters', 'x secre… y', ['secret-1'], []],
    ['letters beyond ASCII', 'sagte geheimnis-äöü-😀.', ['geheimnis-äöü-😀'], ['geheimnis-äöü-😀']],
    ['none in a text that is shorter than any', 'said', ['secret-1'], []],
    ['none if none is known', 'said secret-1', [], []],
  ])('finds %s', (_, text, secrets, expected) => {
    expect(found(text, ...secrets)).toEqual(expected);
  });

  it('finds what a search for each of them finds', () => {
    const next = numbersFrom(7);
    const word = (letters: string, most: number) =>
      Array.from({ length: 1 + (next() % most) }, () => letters.charAt(next() % letters.length)).join('');
    for (let round = 0; round < 50; round += 1) {
      const secrets = Array.from({ length: 12 }, () => word('ab', 14));
      const text = word('aaabbb…', 200);
      expect(createSecretFinder(secrets).findIn(text), `${text} in ${secrets.join()}`).toEqual(searched(text, secrets));
    }
  });
});

/** The same numbers each time. */
const numbersFrom = (seed: number) => {
  let last = seed;
  return (): number => (last = (last * 48_271) % 2_147_483_647);
};

const searched = (text: string, secrets: readonly string[]): readonly Span[] => {
  const spans: { start: number; end: number }[] = [];
  for (let start = 0; start < text.length; start += 1) {
    const lengths = secrets
      .flatMap((secret) => [secret, ...Array.from(secret, (_, i) => `${secret.slice(0, i)}…`)])
      .filter((wanted) => text.startsWith(wanted, start))
      .map((wanted) => wanted.replace('…', '').length)
      .filter((length) => length >= 6);
    const end = start + Math.max(0, ...lengths);
    if (end === start) continue;
    const last = spans.at(-1);
    if (last === undefined || start >= last.end) spans.push({ start, end });
    else last.end = Math.max(last.end, end);
  }
  return spans;
};
