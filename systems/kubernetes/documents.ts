/** Reads what kubectl prints. All of it comes from the server, so nothing is taken for granted but that it is JSON. */
import { fieldsAt, objectsAt, textAt } from '../../domain/fields.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { type KubernetesEvent, type KubernetesObject } from './objects.js';

export const parseJson = (printed: string): unknown => {
  try {
    return JSON.parse(printed);
  } catch {
    // Not quoted, and not the cause either: it could be a Secret.
    throw new KnownFailure('KubernetesFailed', 'kubectl printed something that is not JSON: is it a kubectl?');
  }
};

export const parseObject = (printed: string): KubernetesObject => {
  const parsed = parseJson(printed);
  const { name } = fieldsAt(parsed, 'metadata');
  if (typeof fieldsAt(parsed)['kind'] === 'string' && typeof name === 'string') {
    return parsed as KubernetesObject;
  }
  throw new KnownFailure('KubernetesFailed', 'kubectl printed something that is not an object of Kubernetes');
};

/** The objects of a printed list, or the one that was printed instead of a list of one. */
export const parseObjects = (printed: string): readonly KubernetesObject[] => {
  const parsed = parseJson(printed);
  const kind = fieldsAt(parsed)['kind'];
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(fieldsAt(parsed)['items'])) {
    return objectsAt(parsed, 'items') as unknown as readonly KubernetesObject[];
  }
  return [parseObject(printed)];
};

export const listOf = (objects: readonly KubernetesObject[]): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });

/** `v1.34.4+k3s1` → `1.34.4`. */
export const plainVersion = (gitVersion: unknown): string => {
  const version = /^v?(\d+\.\d+\.\d+)/.exec(textAt(gitVersion) ?? '')?.[1];
  if (version !== undefined) return version;
  throw new KnownFailure('KubernetesFailed', 'kubectl did not report the versions: check that the program is kubectl');
};

/** Several programs report events, and fill in different fields for the same thing. */
export const eventOf = (object: KubernetesObject): KubernetesEvent => {
  const series = fieldsAt(object, 'series');
  const involved = fieldsAt(object, 'involvedObject');
  const count = Number(series['count'] ?? object['count'] ?? 1);
  return {
    type: object['type'] === 'Warning' ? 'Warning' : 'Normal',
    reason: textAt(object['reason']) ?? 'Unknown',
    message: textAt(object['message']) ?? '',
    count: Number.isFinite(count) ? count : 1,
    lastSeenAt:
      textAt(series['lastObservedTime']) ??
      textAt(object['lastTimestamp']) ??
      textAt(object['eventTime']) ??
      textAt(object['firstTimestamp']) ??
      object.metadata.creationTimestamp ??
      '',
    regarding: { kind: textAt(involved['kind']) ?? 'Unknown', name: textAt(involved['name']) ?? 'unknown' },
  };
};
