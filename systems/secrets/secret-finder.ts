/**
 * Finds many secrets in one pass over a text: a result of a megabyte is looked through for a thousand of them while heartbeats wait, and
 * must not hold them up.
 */

/** The span of a secret in a text, in letters. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface SecretFinder {
  /**
   * Where the text holds a secret, or the beginning of one that ends in "…", where a quote was cut: left to right, and as one span where
   * two of them overlap.
   */
  findIn(text: string): readonly Span[];
}

/** Shorter ones would take words out of sentences, and so would shorter beginnings. */
export const shortestSecret = 6;

const cut = '…'.charCodeAt(0);

/** Takes those that are long enough. */
export const createSecretFinder = (secrets: Iterable<string>): SecretFinder => {
  const sorted = [...new Set(secrets)].filter(({ length }) => length >= shortestSecret).sort(byLetters);
  const beginnings = new Set(sorted.map((secret) => secret.slice(0, shortestSecret)));
  const maybe = new Uint8Array(2 ** hashBits);
  for (const beginning of beginnings) maybe[hashOf(beginning)] = 1;
  const within = beginningsWithin(sorted);

  /** How many letters have to be hidden from there on. */
  const lengthAt = (text: string, at: number): number => {
    const next = firstAfter(sorted, text, at);
    let length = 0;
    // The secret that shares most letters with the text is beside the place that the text would have among them.
    for (const secret of [sorted[next - 1], sorted[next]]) {
      const shared = secret === undefined ? 0 : sharedLetters(secret, text, at);
      if (shared >= shortestSecret && text.charCodeAt(at + shared) === cut) length = Math.max(length, shared);
    }
    for (let i = next - 1; i >= 0 && length === 0; i = within[i] ?? -1) {
      const secret = sorted[i] ?? '';
      if (text.startsWith(secret, at)) length = secret.length;
    }
    return length;
  };

  return {
    findIn(text) {
      const spans: Span[] = [];
      let hash = 0;
      for (let end = 1; end <= text.length; end += 1) {
        hash = roll(hash, text.charCodeAt(end - 1));
        const start = end - shortestSecret;
        if (start < 0 || maybe[hash] === 0 || !beginnings.has(text.slice(start, end))) continue;
        const length = lengthAt(text, start);
        if (length > 0) addTo(spans, { start, end: start + length });
      }
      return spans;
    },
  };
};

/** By their letters' codes alone, as strings compare. */
const byLetters = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Three bits a letter: the six last ones are all that is left in it. */
const hashBits = 3 * shortestSecret;
const roll = (hash: number, letter: number): number => ((hash << 3) ^ letter) & (2 ** hashBits - 1);
const hashOf = (beginning: string): number =>
  Array.from({ length: shortestSecret }, (_, i) => beginning.charCodeAt(i)).reduce(roll, 0);

/** For each, which one before it is the longest that it begins with; -1: none. */
const beginningsWithin = (sorted: readonly string[]): readonly number[] => {
  const within: number[] = [];
  for (const [i, secret] of sorted.entries()) {
    let before = i - 1;
    while (before >= 0 && !secret.startsWith(sorted[before] ?? '')) before = within[before] ?? -1;
    within.push(before);
  }
  return within;
};

/** The index of the first secret that sorts after the text from there on. */
const firstAfter = (sorted: readonly string[], text: string, at: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const secret = sorted[middle] ?? '';
    const shared = sharedLetters(secret, text, at);
    const isBefore =
      shared === secret.length ||
      (at + shared < text.length && secret.charCodeAt(shared) < text.charCodeAt(at + shared));
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
};

const sharedLetters = (secret: string, text: string, at: number): number => {
  const most = Math.min(secret.length, text.length - at);
  let shared = 0;
  while (shared < most && secret.charCodeAt(shared) === text.charCodeAt(at + shared)) shared += 1;
  return shared;
};

const addTo = (spans: Span[], span: Span): void => {
  const last = spans.at(-1);
  if (last === undefined || span.start >= last.end) spans.push(span);
  else if (span.end > last.end) spans[spans.length - 1] = { ...last, end: span.end };
};
