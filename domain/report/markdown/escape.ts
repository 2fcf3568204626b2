/**
 * Escapes words of people and servers for Markdown: they open no link, load no image, mention no user, and add no HTML,
 * emphasis, row or section of their own.
 */

/** Matches text that renderers make live anywhere, even after a backslash: addresses, mentions, references to tickets. */
const live = /@|:\/\/|\bwww\.|\b(?:mailto|xmpp):|[#!]\d|\bGH-\d/i;

/** Escapes one line. Words that renderers would make live become code; other characters are escaped. */
export const inline = (text: string | number): string => lineOf(text).split(' ').map(escapeWord).join(' ');

/** Like {@link inline}, inside a table row, where a bar ends the cell, even in code. */
export const cell = (text: string | number): string =>
  lineOf(text)
    .split(' ')
    .map((word) => (live.test(word) ? codeSpan(word, true) : escapeWord(word)))
    .join(' ');

const lineOf = (text: string | number): string => String(text).replaceAll(/\s+/g, ' ').trim();

const escapeWord = (word: string): string =>
  live.test(word)
    ? codeSpan(word, false)
    : word
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll(/[\\`*_[\]!|~]/g, '\\$&')
        // Alone or at the beginning of a line, these characters make a heading, a list or a quotation.
        .replace(/^(?:[-=+#]+$|>)/, '\\$&')
        .replace(/^(\d+)([.)])$/, '$1\\$2');

/**
 * One line of code, fenced by more backticks than are in it. In a cell a bar is escaped, because it ends the cell even in code;
 * a backslash right before it would undo that, and gets a space after it.
 */
export const codeSpan = (text: string, inCell: boolean): string => {
  const line = lineOf(text);
  if (line === '') return '';
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${inCell ? line.replaceAll('\\|', '\\ |').replaceAll('|', '\\|') : line}${pad}${fence}`;
};

/** Keeps lines as they are, fenced by more backticks than are in them. */
export const codeBlock = (text: string): string => {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${text.replaceAll(/\r\n?/g, '\n')}\n${fence}`;
};

const longestRun = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
