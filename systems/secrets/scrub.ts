/**
 * Removes secrets from foreign text: a server may repeat the request in its error. Quotes become part of failures, and so of
 * histories, logs and reports.
 */

const hidden = '[hidden]';

/** Patterns of secrets. */
const shapes: readonly RegExp[] = [
  // Tokens of OpenBao and Vault: service, batch and recovery, and their older forms.
  /\b(?:hvs|hvb|hvr)\.[A-Za-z0-9_-]{5,}/g,
  /\b[sbr]\.[A-Za-z0-9_-]{20,}/g,
  // JSON Web Tokens.
  /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // Names of access keys, which S3's errors repeat.
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g,
];

/**
 * `password: x`, `token=x`, `"secret_id": "x"`, `Bearer x`: the name stays, what follows goes. But for `signature: no known key`, as OpenBao
 * says it: a sentence goes on there.
 */
const named =
  /\b((?:[a-z0-9]+[_-])*(?:password|passwd|passphrase|secret(?:[_-]?(?:id|key|access[_-]?key))?|token|api[_-]?key|credential|signature(?!: )|authorization)s?["']?\s*[:=]\s*["']?)([^\s"',;&)\]}]+)/gi;
const bearer = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi;
const userOfUrl = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi;

/** Shorter ones would take words out of sentences. */
const shortestSecret = 6;

/** The text without what looks like a token, a key or a login: fit for sentences of the program's own. */
export const scrubTokens = (text: string): string => {
  let clean = text;
  for (const shape of shapes) clean = clean.replaceAll(shape, hidden);
  return clean.replaceAll(userOfUrl, `$1${hidden}@`).replaceAll(bearer, `$1 ${hidden}`);
};

/** The text of others without what looks like a secret, or is said to be one, and without these. */
export const scrub = (text: string, secrets: Iterable<string> = []): string => {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= shortestSecret) clean = clean.replaceAll(secret, hidden);
  }
  return scrubTokens(clean).replaceAll(named, (_, name: string) => `${name}${hidden}`);
};

export interface QuoteOptions {
  /** Default: 200. */
  readonly mostCharacters?: number;
  /** The secrets of the request, and other known ones. */
  readonly secrets?: Iterable<string>;
}

/** Text of others, fit to be quoted in a failure: one line, scrubbed before it is cut, bounded. Undefined if nothing is left. */
export const quote = (text: string, { mostCharacters = 200, secrets = [] }: QuoteOptions = {}): string | undefined => {
  // Bounded first: patterns take time for each character.
  const line = scrub(text.slice(0, 16 * 1024), secrets)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (line === '') return undefined;
  return line.length <= mostCharacters ? line : `${line.slice(0, mostCharacters - 1)}…`;
};
