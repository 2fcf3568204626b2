/** What a server's log says last of what is wrong with it. */

const longestQuote = 300;

/** Of a node that restores or unseals, the lines that say why it does not; any other error is better than none. */
const telling = /restor|audit|seal|leader|plugin|mount/i;

/** What looks like a token of OpenBao's, or a JWT: quoted lines end up in histories and reports. */
const tokens = /\b(?:hv[sbr]|[sbr])\.[A-Za-z0-9_-]{16,}|\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g;

/**
 * The last ERROR line of OpenBao's log that says why a node does not serve, without its time, at most 300 characters; undefined
 * if there is none.
 */
export const lastErrorIn = (log: string): string | undefined => {
  const errors = log.split('\n').filter((line) => line.includes('[ERROR]'));
  const line = errors.findLast((error) => telling.test(error)) ?? errors.at(-1);
  if (line === undefined) return undefined;
  const words = line
    .replace(/^.*?\[ERROR\]\s*/, '')
    .replaceAll(tokens, '…')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return words === '' ? undefined : words.slice(0, longestQuote);
};
