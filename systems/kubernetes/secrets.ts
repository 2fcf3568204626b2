/** Keeps the content of a Secret out of failures, because some answers of the server repeat the request. */
import { fieldsAt } from '../../domain/fields.js';
import { type KubernetesObject, type ObjectRef } from './objects.js';

/** Shorter ones say nothing, and would be found in every other word. */
const leastLength = 4;

const stringsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
};

/** A value's forms: raw, decoded, line by line, and as spelled inside a quoted text. */
const spellings = (value: string): readonly string[] => {
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const encoded = Buffer.from(value, 'utf8').toString('base64');
  const whole = [value, decoded, encoded];
  const quoted = whole.map((text) => JSON.stringify(text).slice(1, -1));
  return [...whole, ...quoted, ...whole.flatMap((text) => text.split(/\r?\n/))].filter(
    (text) => text.trim().length >= leastLength,
  );
};

export const secretsOf = (objects: readonly KubernetesObject[]): readonly string[] =>
  objects
    .filter(({ kind }) => kind === 'Secret')
    .flatMap((secret) => stringsIn([fieldsAt(secret, 'data'), fieldsAt(secret, 'stringData')]))
    .flatMap(spellings);

/** The kind of a patch's fields is unknown, so no part of a patch to a Secret is repeated. */
export const secretsOfPatch = ({ kind }: ObjectRef, patch: unknown): readonly string[] =>
  kind.split('.')[0] === 'secrets' || kind === 'secret' || kind === 'Secret' ? stringsIn(patch).flatMap(spellings) : [];

/** Longest first: a part of a secret that is replaced would keep the whole from being found. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string => {
  let clean = text;
  for (const secret of [...new Set(secrets)].sort((a, b) => b.length - a.length)) clean = clean.replaceAll(secret, '…');
  return clean;
};
