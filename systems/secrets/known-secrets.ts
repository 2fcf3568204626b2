/**
 * Secrets that this process has had in its hands. What a server, a program or a disk answers may repeat any of them, in the failure of a
 * step that never used it: so whatever leaves a step is looked through for all of them.
 */
import { scrubTokens } from './scrub.js';

export interface KnownSecrets {
  /** Takes a secret as it was resolved: a password, or a file with keys in it. */
  remember(value: string): void;
  /** The text without any of them, and without what looks like a token. */
  hideIn(text: string): string;
  /** A JSON-safe value without any of them in its texts. */
  hideInAll<T>(value: T): T;
}

export interface KnownSecretsOptions {
  /** How many are kept, each in its spellings: those that were used last. Default: 1000. */
  readonly most?: number;
}

/** Shorter ones would take words out of sentences. */
const shortest = 6;
/** A word of a file that is as long as this is a key, or part of one; shorter ones are names and addresses. */
const shortestKey = 40;

export const createKnownSecrets = ({ most = 1_000 }: KnownSecretsOptions = {}): KnownSecrets => {
  const known = new Map<string, readonly string[]>();
  const all = (): readonly string[] => [...new Set([...known.values()].flat())].sort((a, b) => b.length - a.length);
  return {
    remember(value) {
      const found = known.get(value) ?? secretsIn(value).flatMap(spellings);
      if (found.length === 0) return;
      known.delete(value);
      known.set(value, found);
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    },
    hideIn: (text) => scrubTokens(hide(text, all())),
    hideInAll(value) {
      const secrets = all();
      const text = JSON.stringify(value) ?? '';
      return secrets.some((secret) => mayHold(text, secret)) ? hideDeep(value, secrets) : value;
    },
  };
};

/** A certificate or a public key is no secret. */
const secretsIn = (value: string): readonly string[] => {
  const text = value.trim();
  if (!text.includes('\n')) return text.length >= shortest ? [text] : [];
  if (/^-----BEGIN (?:CERTIFICATE|PUBLIC KEY)-----/.test(text) && !text.includes('PRIVATE')) return [];
  return text.split(/[\s"',]+/).filter((word) => word.length >= shortestKey);
};

/** As it is, as it stands in JSON and in an address, and as Kubernetes encodes it. */
const spellings = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
];

const cut = '…';

/** A quote may end in the middle of it. */
const mayHold = (text: string, secret: string): boolean => text.includes(secret.slice(0, shortest));

const hide = (text: string, secrets: readonly string[]): string => {
  const whole = secrets.reduce((clean, secret) => clean.replaceAll(secret, hidden), text);
  const [first = '', ...parts] = whole.split(cut);
  return [first, ...parts]
    .map((part, at) => {
      const length = at === parts.length ? 0 : Math.max(0, ...secrets.map((secret) => lengthOfBeginning(part, secret)));
      return length === 0 ? part : `${part.slice(0, -length)}${hidden}`;
    })
    .join(cut);
};

const hidden = '[hidden]';

/** Of a secret's beginning that a text ends with, if it is more than a few letters. */
const lengthOfBeginning = (text: string, secret: string): number => {
  for (let length = Math.min(text.length, secret.length - 1); length >= shortest; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
};

const hideDeep = <T>(value: T, secrets: readonly string[]): T => {
  if (typeof value === 'string') return hide(value, secrets) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => hideDeep(item, secrets)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hideDeep(item, secrets)])) as T;
};
