/** Plays what an API server keeps: objects with versions, finalizers and owners. */
import { randomUUID } from 'node:crypto';
import { KnownFailure } from '../../../domain/known-failure.js';
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import type { KubernetesObject, ObjectMeta, ObjectRef } from '../../../systems/kubernetes/cluster.js';

export interface MutableObject {
  apiVersion: string;
  kind: string;
  metadata: { -readonly [Member in keyof ObjectMeta]: ObjectMeta[Member] };
  status?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface ObjectsInMemory {
  put(object: KubernetesObject): MutableObject;
  find(ref: ObjectRef): MutableObject | undefined;
  /** All objects of a kind, as they are. */
  of(kind: string): readonly MutableObject[];
  /** @throws KnownFailure `KubernetesObjectMissing`. */
  change(ref: ObjectRef, edit: (object: MutableObject) => void): KubernetesObject;
  /**
   * As RFC 7386 says: of the status alone, or of all but the status.
   *
   * @throws KnownFailure `KubernetesObjectMissing`, and `KubernetesConflict` where a `resourceVersion` in it is old.
   */
  merge(ref: ObjectRef, patch: unknown, part: 'status' | 'rest'): KubernetesObject;
  /** An object with finalizers stays until they are gone. */
  remove(ref: ObjectRef): void;
}

const kinds: Readonly<Record<string, string>> = {
  OpenBaoCluster: operatorKinds.clusters,
  OpenBaoRestore: operatorKinds.restores,
  CustomResourceDefinition: operatorKinds.definitions,
  Job: 'jobs.batch',
  Pod: 'pods',
  ServiceAccount: 'serviceaccounts',
  Namespace: 'namespaces',
  Deployment: 'deployments.apps',
};

/** The resource of an object, as kubectl names it. */
export const kindOf = ({ kind }: Pick<KubernetesObject, 'kind'>): string => {
  const known = kinds[kind];
  if (known === undefined) throw new Error(`the stand-in knows no ${kind}`);
  return known;
};

export const refOf = (object: KubernetesObject | MutableObject): ObjectRef => {
  const { name, namespace } = object.metadata;
  return { kind: kindOf(object), name, ...(namespace === undefined ? {} : { namespace }) };
};

/** As Kubernetes writes times. */
export const kubernetesTime = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

export const createObjectsInMemory = (): ObjectsInMemory => {
  const store = new Map<string, MutableObject>();
  const of: ObjectsInMemory['of'] = (kind) =>
    [...store].filter(([id]) => id.startsWith(`${kind}/`)).map(([, object]) => object);

  const change: ObjectsInMemory['change'] = (ref, edit) => {
    const object = store.get(idOf(ref));
    if (object === undefined) throw new KnownFailure('KubernetesObjectMissing', `There is no ${ref.kind} ${ref.name}`);
    edit(object);
    object.metadata.resourceVersion = String(Number(object.metadata.resourceVersion) + 1);
    if (object.metadata.deletionTimestamp !== undefined && hasNoFinalizers(object)) forget(object);
    return structuredClone(object);
  };

  const forget = (object: MutableObject): void => {
    store.delete(idOf(refOf(object)));
    // The garbage collector. Pods are left out: they take longer to go than anybody looks here.
    const dependents = of('jobs.batch').filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid),
    );
    dependents.forEach(forget);
  };

  return {
    of,
    change,
    find: (ref) => store.get(idOf(ref)),
    put(object) {
      const server = { uid: randomUUID(), resourceVersion: '1', creationTimestamp: kubernetesTime() };
      const made: MutableObject = { ...structuredClone(object), metadata: { ...object.metadata, ...server } };
      store.set(idOf(refOf(made)), made);
      return made;
    },
    merge: (ref, patch, part) =>
      change(ref, (object) => {
        const { metadata = {}, status = {}, ...rest } = patch as Partial<MutableObject>;
        const { resourceVersion, ...meta } = metadata as Partial<ObjectMeta>;
        if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
          throw new KnownFailure('KubernetesConflict', 'The object has been modified since it was read');
        }
        if (part === 'status') object.status = merged(object.status, status);
        else Object.assign(object, merged(object, { ...rest, metadata: meta }));
      }),
    remove(ref) {
      const object = store.get(idOf(ref));
      if (object === undefined) return;
      if (hasNoFinalizers(object)) return forget(object);
      change(ref, ({ metadata }) => {
        metadata.deletionTimestamp ??= kubernetesTime();
      });
    },
  };
};

const idOf = ({ kind, name, namespace = '' }: ObjectRef): string => `${kind}/${namespace}/${name}`;

const hasNoFinalizers = ({ metadata }: MutableObject): boolean => (metadata.finalizers ?? []).length === 0;

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const merged = (before: unknown, patch: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const after = isFields(before) ? { ...before } : {};
  for (const [member, value] of Object.entries(patch)) {
    if (value === null) delete after[member];
    else after[member] = isFields(value) ? merged(after[member], value) : structuredClone(value);
  }
  return after;
};
