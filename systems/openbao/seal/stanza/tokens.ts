/**
 * The words of OpenBao's configuration language (the first version of HCL), of which JSON is a part.
 *
 * @see https://github.com/hashicorp/hcl/tree/hcl1
 */
import { invalidAt, type Place } from './invalid.js';

export type Token =
  | { readonly kind: 'text' | 'name' | 'number'; readonly text: string; readonly at: Place }
  | { readonly kind: '{' | '}' | '[' | ']' | '=' | ':' | ',' | 'end'; readonly text: string; readonly at: Place };

const space = /[ \t\r\n\uFEFF]+/y;
const comment = /(?:#|\/\/)[^\n]*|\/\*[^]*?\*\//y;
const name = /[A-Za-z_][A-Za-z0-9_.-]*/y;
const number = /-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const heredoc = /<<(-?)([A-Za-z_][A-Za-z0-9_]*)\r?\n/y;

/** The token that begins at `from`, or at the next character that means something. Answers where it ends, too. */
export const readToken = (text: string, from: number): { readonly token: Token; readonly end: number } => {
  const at = skip(text, from);
  const first = text[at];
  if (first === undefined) return { token: { kind: 'end', text: '', at: { text, at } }, end: at };
  if (first === '"') return readText(text, at);
  if ('{}[]=:,'.includes(first)) {
    return { token: { kind: first as '{', text: first, at: { text, at } }, end: at + 1 };
  }
  const block = match(heredoc, text, at);
  if (block !== undefined)
    return readHeredoc(text, at, block[0].length, { mark: block[2]!, indented: block[1] === '-' });
  for (const [kind, pattern] of [
    ['name', name],
    ['number', number],
  ] as const) {
    const found = match(pattern, text, at)?.[0];
    if (found !== undefined) return { token: { kind, text: found, at: { text, at } }, end: at + found.length };
  }
  throw invalidAt({ text, at }, 'this character has no meaning here');
};

const match = (pattern: RegExp, text: string, at: number): RegExpExecArray | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
};

const skip = (text: string, from: number): number => {
  for (let at = from; ;) {
    const skipped = match(space, text, at) ?? match(comment, text, at);
    if (skipped === undefined) {
      if (text.startsWith('/*', at)) throw invalidAt({ text, at }, 'this comment has no end');
      return at;
    }
    at += skipped[0].length;
  }
};

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const readText = (text: string, start: number): { readonly token: Token; readonly end: number } => {
  const unended = () => invalidAt({ text, at: start }, 'this text has no closing quotation mark');
  let value = '';
  // In `${…}`, quotation marks belong to the text.
  let depth = 0;
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '\n' && depth === 0) throw unended();
    if (depth === 0 && character === '"') {
      return { token: { kind: 'text', text: value, at: { text, at: start } }, end: at + 1 };
    }
    if (character === '$' && text[at + 1] === '{' && value.at(-1) !== '$') depth += 1;
    else if (character === '}' && depth > 0) depth -= 1;
    if (character !== '\\' || depth > 0) {
      value += character;
      continue;
    }
    at += 1;
    const code = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2}))/.exec(text.slice(at, at + 9));
    if (code !== null) {
      value += String.fromCodePoint(Math.min(Number.parseInt(code[1] ?? code[2] ?? code[3]!, 16), 0x10_ff_ff));
      at += code[0].length - 1;
      continue;
    }
    const meant = escapes[text[at] ?? ''];
    if (meant === undefined) throw invalidAt({ text, at: at - 1 }, 'this backslash begins no known character');
    value += meant;
  }
  throw unended();
};

const readHeredoc = (
  text: string,
  start: number,
  headLength: number,
  { mark, indented }: { readonly mark: string; readonly indented: boolean },
): { readonly token: Token; readonly end: number } => {
  const lines: string[] = [];
  for (let at = start + headLength; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, end).replace(/\r$/, '');
    if (line.trim() === mark) {
      const indent = indented ? Math.min(...lines.filter((one) => one.trim() !== '').map(indentOf)) : 0;
      const value = lines.map((one) => `${one.slice(Number.isFinite(indent) ? indent : 0)}\n`).join('');
      return { token: { kind: 'text', text: value, at: { text, at: start } }, end };
    }
    lines.push(line);
    at = end + 1;
  }
  throw invalidAt({ text, at: start }, `this text has no line ${mark} that ends it`);
};

const indentOf = (line: string): number => line.length - line.trimStart().length;
