/**
 * Words of people and servers as text in Markdown: they open no link, load no image, call no one by a mention, and add no
 * HTML, emphasis, row or section of their own.
 */

/** What renderers make live wherever it stands, also behind a backslash: addresses, mentions, references to tickets. */
const live = /@|:\/\/|\bwww\.|\b(?:mailto|xmpp):|[#!]\d|\bGH-\d/i;

/** One line. Words that renderers would make live become code, where nothing is; other characters are escaped. */
export const inline = (text: string | number): string => lineOf(text).split(' ').map(escapeWord).join(' ');

/** As {@link inline}, inside a row of a table, where a bar ends the cell, even in code. */
export const cell = (text: string | number): string =>
  lineOf(text)
    .split(' ')
    .map((word) => (live.test(word) ? code(word).replaceAll('|', '\\|') : escapeWord(word)))
    .join(' ');

const lineOf = (text: string | number): string => String(text).replaceAll(/\s+/g, ' ').trim();

const escapeWord = (word: string): string =>
  live.test(word)
    ? code(word)
    : word
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll(/[\\`*_[\]!|~]/g, '\\$&')
        // Alone, or at the beginning of a line, these make a heading, a list, a quotation.
        .replace(/^(?:[-=+#]+$|>)/, '\\$&')
        .replace(/^(\d+)([.)])$/, '$1\\$2');

/** Fenced by more backticks than are in it. */
const code = (word: string): string => {
  const longest = Math.max(0, ...[...word.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = word.startsWith('`') || word.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${word}${pad}${fence}`;
};
