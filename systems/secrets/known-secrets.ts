/**
 * Remembers the secrets that this process has handled. An answer of a server, a program or a disk may repeat any of them, in
 * the failure of a step that never used it, so everything that leaves a step is searched for all of them.
 */
import { scrubTokens } from './scrub.js';
import { createSecretFinder, type SecretFinder, shortestSecret } from './secret-finder.js';

export interface KnownSecrets {
  /** Takes a secret as it was resolved: a password, or a file with keys in it. */
  remember(value: string): void;
  /** The text without any of them, and without what looks like a token. */
  hideIn(text: string): string;
  /** A JSON-safe value without any of them in its texts: the same one if they hold none. */
  hideInAll<T>(value: T): T;
}

export interface KnownSecretsOptions {
  /** How many are kept, each in its spellings: those that were used last. Default: 1000. */
  readonly most?: number;
}

/** A word of a file that is as long as this is a key, or part of one; shorter ones are names and addresses. */
const shortestKey = 40;

export const createKnownSecrets = ({ most = 1_000 }: KnownSecretsOptions = {}): KnownSecrets => {
  const known = new Map<string, readonly string[]>();
  /** The finder for all known secrets; undefined after a new one was added. */
  let finder: SecretFinder | undefined;
  const current = (): SecretFinder => (finder ??= createSecretFinder([...known.values()].flat()));
  return {
    remember(value) {
      const before = known.get(value);
      const found = before ?? secretsIn(value).flatMap(spellings);
      if (found.length === 0) return;
      if (before === undefined) finder = undefined;
      known.delete(value);
      known.set(value, found);
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    },
    hideIn: (text) => scrubTokens(hide(text, current())),
    hideInAll: (value) => hideDeep(value, current()),
  };
};

/** A certificate or a public key is no secret. */
const secretsIn = (value: string): readonly string[] => {
  const text = value.trim();
  if (!text.includes('\n')) return text.length >= shortestSecret ? [text] : [];
  if (/^-----BEGIN (?:CERTIFICATE|PUBLIC KEY)-----/.test(text) && !text.includes('PRIVATE')) return [];
  return text.split(/[\s"',]+/).filter((word) => word.length >= shortestKey);
};

/** A secret's forms: raw, in JSON, in an address, and in Kubernetes' encoding. */
const spellings = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
];

const hidden = '[hidden]';

const hide = (text: string, finder: SecretFinder): string => {
  const spans = finder.findIn(text);
  if (spans.length === 0) return text;
  const between = [...spans, { start: text.length }].map(({ start }, i) => text.slice(spans[i - 1]?.end ?? 0, start));
  return between.join(hidden);
};

const hideDeep = <T>(value: T, finder: SecretFinder): T => {
  if (typeof value === 'string') return hide(value, finder) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const clean = entries.map(([name, item]) => [name, hideDeep(item as unknown, finder)] as const);
  if (clean.every(([, item], i) => item === entries[i]?.[1])) return value;
  return (Array.isArray(value) ? clean.map(([, item]) => item) : Object.fromEntries(clean)) as T;
};
