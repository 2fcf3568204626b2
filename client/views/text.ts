/** Small pieces of every view. */
import pc from 'picocolors';

export type Paint = ReturnType<typeof pc.createColors>;

export const plain: Paint = pc.createColors(false);

/** Colors for a terminal that supports them, unless its user asked for none (https://no-color.org). */
export const paintFor = (
  { isTTY = false }: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint => pc.createColors(isTTY && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb');

/** Foreign text on one line, unable to command the terminal. */
export const printable = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- this function removes control characters
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();

export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** Lines of at most `width` characters, broken between words: a longer word, such as a digest, stays whole on its own line. */
export const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
};

/** Left-aligned columns, as wide as their widest cell, without trailing space. */
export const columns = (rows: readonly (readonly string[])[], indent = '  '): string => {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) => (indent + row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')).trimEnd())
    .join('\n');
};

/** A word as a POSIX shell reads it back unchanged. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
