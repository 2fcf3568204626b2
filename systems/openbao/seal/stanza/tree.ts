/** Reads OpenBao's configuration language into a tree. Strict: what it does not understand, it refuses by its place. */
import { invalidAt, type Place } from './invalid.js';
import { readToken, type Token } from './tokens.js';

export type Value =
  | { readonly kind: 'scalar'; readonly text: string; readonly at: Place }
  | { readonly kind: 'list'; readonly values: readonly Value[]; readonly at: Place }
  | ObjectValue;

export interface ObjectValue {
  readonly kind: 'object';
  readonly items: readonly Item[];
  readonly at: Place;
}

/** `seal "transit" { … }` has two keys, `address = "…"` one. */
export interface Item {
  readonly keys: readonly string[];
  readonly value: Value;
  readonly at: Place;
}

/** Deeper than any configuration, and within what a reader's stack takes. */
const deepest = 50;

/** @throws InvalidStanza with the place of what is wrong. */
export const readTree = (text: string): ObjectValue => {
  let { token, end } = readToken(text, 0);
  const next = (): Token => {
    const read = token;
    ({ token, end } = readToken(text, end));
    return read;
  };
  /** Asked anew after each {@link next}: the compiler would go on with what it knows of the token before. */
  const is = (kind: Token['kind']): boolean => token.kind === kind;
  const isJson = is('{');

  const readItems = (until: '}' | 'end', depth: number): readonly Item[] => {
    const items: Item[] = [];
    while (token.kind !== until) {
      if (token.kind === 'end') throw invalidAt(token.at, 'a closing brace is missing before the end');
      items.push(readItem(depth));
      const separated = is(',');
      if (separated) next();
      if (!isJson || separated !== is(until)) continue;
      const wrong = separated ? 'a comma stands before a closing brace' : 'a comma or a closing brace is missing';
      throw invalidAt(token.at, wrong);
    }
    return items;
  };

  const readItem = (depth: number): Item => {
    const { at } = token;
    const keys: string[] = [];
    while (token.kind === 'text' || (token.kind === 'name' && !isJson)) keys.push(next().text);
    if (keys.length === 0) throw invalidAt(at, 'a name is expected here');
    if (isJson) {
      if (token.kind !== ':' || keys.length > 1) throw invalidAt(token.at, 'a colon is expected behind the name');
      next();
      return { keys, value: readValue(depth), at };
    }
    if (token.kind === '{') return { keys, value: readValue(depth), at };
    if (token.kind !== '=') throw invalidAt(token.at, 'an equals sign or an opening brace is expected behind the name');
    if (keys.length > 1) throw invalidAt(token.at, 'an equals sign stands behind more than one name');
    next();
    return { keys, value: readValue(depth), at };
  };

  const readValue = (depth: number): Value => {
    if (depth > deepest) throw invalidAt(token.at, `this is nested more than ${deepest} levels deep`);
    const { at } = token;
    switch (token.kind) {
      case 'text':
      case 'number':
        return { kind: 'scalar', text: next().text, at };
      case 'name':
        if (!['true', 'false', ...(isJson ? ['null'] : [])].includes(token.text)) {
          throw invalidAt(at, 'a value is expected here: put text between quotation marks');
        }
        return { kind: 'scalar', text: next().text, at };
      case '{': {
        next();
        const items = readItems('}', depth + 1);
        next();
        return { kind: 'object', items, at };
      }
      case '[':
        next();
        return { kind: 'list', values: readList(depth + 1), at };
      default:
        throw invalidAt(at, 'a value is expected here');
    }
  };

  const readList = (depth: number): readonly Value[] => {
    const values: Value[] = [];
    while (!is(']')) {
      values.push(readValue(depth));
      if (is(',')) next();
      else if (!is(']')) throw invalidAt(token.at, 'a comma or a closing bracket is missing');
    }
    next();
    return values;
  };

  if (!isJson) return { kind: 'object', items: readItems('end', 0), at: { text, at: 0 } };
  const whole = readValue(0) as ObjectValue;
  if (!is('end')) throw invalidAt(token.at, 'nothing may stand behind the closing brace');
  return whole;
};
