import { deepestJson } from './json-depth.js';

/**
 * Reads JSON whose text leaves no choice to its reader. A signature covers a value, not a text, so a text that two programs
 * read as two values must not pass: a text with a name twice, or with a number that JavaScript does not hold as it is written.
 * A text that is nested too deeply for a reader must not pass either.
 */
export type StrictlyRead = { readonly value: unknown } | { readonly wrong: string };

export const parseStrictJson = (text: string): StrictlyRead => {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    return { wrong: 'is not valid JSON' };
  }
  const wrong = findAmbiguity(text);
  return wrong === undefined ? { value } : { wrong };
};

/** A string is recognized by its beginning alone: a pattern for a whole long string runs out of stack. */
const tokens = /["{}[\]:]|-?\d[\d.eE+-]*/g;

function* tokensOf(text: string): Generator<string, void> {
  tokens.lastIndex = 0;
  for (let at = 0; ; at = tokens.lastIndex) {
    tokens.lastIndex = at;
    const found = tokens.exec(text);
    if (found === null) return;
    const [token] = found;
    if (token !== '"') yield token;
    else {
      const end = endOfString(text, found.index);
      yield text.slice(found.index, end);
      tokens.lastIndex = end;
    }
  }
}

const endOfString = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
};

/** Expects valid JSON, in which a string before a colon is a name. */
const findAmbiguity = (text: string): string | undefined => {
  const names: (Set<string> | undefined)[] = [];
  let last = '';
  for (const token of tokensOf(text)) {
    if (token === '{') names.push(new Set());
    else if (token === '[') names.push(undefined);
    else if (token === '}' || token === ']') names.pop();
    else if (token === ':') {
      const name = JSON.parse(last) as string;
      const known = names.at(-1);
      if (known?.has(name) === true) return `has the name ${JSON.stringify(name.slice(0, 60))} twice in one object`;
      known?.add(name);
    } else if (!token.startsWith('"') && JSON.stringify(Number(token)) !== token) {
      return `has the number ${token.slice(0, 40)}, which is not written as a report writes it`;
    }
    // Readers of the value recurse level by level, so the depth is bounded.
    if (names.length > deepestJson) return `is nested more than ${deepestJson} levels deep`;
    last = token;
  }
  return undefined;
};
