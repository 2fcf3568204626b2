/** Finds the last error in a server's log. */

const longestQuote = 300;

/** Lines that explain why a node does not restore or unseal are best; any other error is better than none. */
const telling = /restor|audit|seal|leader|plugin|mount/i;

/** Matches OpenBao tokens and JWTs: quoted lines end up in histories and reports. */
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
