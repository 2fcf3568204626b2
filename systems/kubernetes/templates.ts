/** Manifests with variables: YAML that can be read and applied by hand, filled in here. */
import { fieldsAt } from '../../domain/fields.js';
import { parseAllDocuments, Scalar, visit } from 'yaml';
import { KnownFailure } from '../../domain/known-failure.js';
import { type KubernetesObject } from './objects.js';

export type ManifestValue = string | number | boolean;

const placeholder = /(\$?)\$\{([A-Z][A-Z0-9_]*)\}/g;

/**
 * Fills `${UPPER_SNAKE}` in the scalars of a YAML text of one or several documents, and returns its objects in order.
 * Comments are not looked at. The text is parsed before it is filled, so a value stays a value whatever is in it. A plain
 * scalar that is one placeholder takes the value with its type (`replicas: ${REPLICAS}`); anywhere else, quotes included, it
 * becomes part of a text. In a text with a syntax of its own (a configuration file in a ConfigMap) quoting is up to
 * the caller. `$${NAME}` stands for `${NAME}` itself.
 *
 * @throws KnownFailure `ManifestInvalid`: it is not YAML, not objects of Kubernetes, or has placeholders without a value, or
 * there are values without a placeholder. Values are never repeated.
 */
export const renderManifest = (
  text: string,
  values: Readonly<Record<string, ManifestValue>>,
): readonly KubernetesObject[] => {
  const missing = new Set<string>();
  const used = new Set<string>();
  const valueOf = (name: string): ManifestValue => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) missing.add(name);
    else used.add(name);
    return value ?? '';
  };
  const fill = (scalar: Scalar): void => {
    const { value, type } = scalar;
    if (typeof value !== 'string') return;
    const [whole] = [...value.matchAll(placeholder)];
    if (whole?.[0] === value && whole[1] === '' && type === Scalar.PLAIN) {
      scalar.value = valueOf(whole[2] ?? '');
      return;
    }
    scalar.value = value.replace(placeholder, (found, escape: string, name: string) =>
      escape === '' ? String(valueOf(name)) : found.slice(1),
    );
  };

  const parsed = parseAllDocuments(text);
  const documents = Array.isArray(parsed) ? parsed : [];
  const objects: KubernetesObject[] = [];
  for (const [index, document] of documents.entries()) {
    const [error] = document.errors;
    if (error)
      throw invalid('The manifest is not valid YAML', {
        document: index + 1,
        problem: error.code,
        line: lineOf(error),
      });
    visit(document, { Scalar: (_, scalar) => fill(scalar) });
    const object: unknown = document.toJS();
    if (object === null || object === undefined) continue;
    if (!isObject(object)) {
      throw invalid('A document of the manifest is not an object with apiVersion, kind and name', {
        document: index + 1,
      });
    }
    objects.push(object);
  }

  if (missing.size > 0) throw invalid('The manifest has placeholders without a value', { missing: sorted(missing) });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0)
    throw invalid('There are values that the manifest has no placeholder for', { unused: sorted(unused) });
  return objects;
};

const isObject = (value: unknown): value is KubernetesObject => {
  const { apiVersion, kind, metadata } = fieldsAt(value);
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof fieldsAt(metadata)['name'] === 'string';
};

const sorted = (names: Iterable<string>): string => [...names].sort().join(' ');

const lineOf = (error: { linePos?: readonly { line: number }[] | undefined }): number | undefined =>
  error.linePos?.[0]?.line;

const invalid = (sentence: string, facts: Record<string, string | number | undefined>): KnownFailure =>
  new KnownFailure('ManifestInvalid', sentence, { facts });
