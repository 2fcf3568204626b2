/** Kubernetes in memory, as far as a lane's parts meet it: what is applied comes up at once, unless a test says otherwise. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { KnownFailure } from '../../../../domain/known-failure.js';
import type {
  AccessQuestion,
  Cluster,
  ExecRequest,
  KubernetesEvent,
  KubernetesObject,
  ObjectRef,
} from '../../../../systems/kubernetes/cluster.js';

export interface FakeKubernetes {
  readonly cluster: Cluster;
  /** Every call that changed something, as `verb kind name`. */
  readonly calls: string[];
  /** Address of Services of type LoadBalancer. */
  readonly loadBalancer: { ip: string };
  /** Why pods of a Deployment do not get ready: the reason and message their container waits with. */
  readonly podsWait: Map<string, { readonly reason: string; readonly message: string }>;
  /** Told of every change, after it. */
  onChange: (ref: ObjectRef, object: KubernetesObject | undefined) => void;
  /** Runs what a container is told to run, or fails as it would. */
  onExec: (request: ExecRequest) => Promise<void>;
  /** What this identity may do: everything, unless a test says otherwise. */
  mayDo: (question: AccessQuestion) => boolean;
  /** As somebody else would put it there. */
  readonly put: (kind: string, object: KubernetesObject) => void;
  readonly get: (ref: ObjectRef) => KubernetesObject | undefined;
  /** `kind namespace/name@resourceVersion` of all objects, sorted. */
  objects(): readonly string[];
}

type Fields = Record<string, unknown>;
type Mutable = { metadata: Fields & { name: string; namespace?: string; labels?: Record<string, string> } } & Fields;

const groups: Readonly<Record<string, string>> = {
  v1: '',
  'apps/v1': '.apps',
};

/** `deployments.apps` of a Deployment of `apps/v1`. */
export const resourceOf = ({ apiVersion, kind }: KubernetesObject): string => {
  const lower = kind.toLowerCase();
  const plural = lower.endsWith('s')
    ? `${lower}es`
    : /[^aeiou]y$/.test(lower)
      ? `${lower.slice(0, -1)}ies`
      : `${lower}s`;
  return `${plural}${groups[apiVersion] ?? `.${apiVersion.split('/')[0] ?? ''}`}`;
};

const clusterWide =
  /^(namespaces|gatewayclasses|clusterroles|clusterrolebindings|customresourcedefinitions|validating)/;

export const createFakeKubernetes = (context = 'fake'): FakeKubernetes => {
  const store = new Map<string, Mutable>();
  const calls: string[] = [];
  let version = 0;
  const idOf = ({ kind, name, namespace = '' }: ObjectRef): string =>
    `${kind} ${clusterWide.test(kind) ? '' : namespace}/${name}`;
  const refOf = (kind: string, { metadata }: KubernetesObject): ObjectRef => ({
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  });

  const fake: FakeKubernetes = {
    calls,
    loadBalancer: { ip: '127.0.0.1' },
    podsWait: new Map(),
    onChange: () => undefined,
    onExec: async () => undefined,
    mayDo: () => true,
    put: (kind, object) => void write(kind, object),
    get: (ref) => copy(store.get(idOf(ref))),
    objects: () =>
      [...store]
        .map(([id, { metadata }]) => `${id}@${String(metadata['resourceVersion'])}`)
        .sort((a, b) => (a < b ? -1 : 1)),
    cluster: undefined as unknown as Cluster,
  };

  const copy = (object: Mutable | undefined): KubernetesObject | undefined =>
    object === undefined ? undefined : (structuredClone(object) as unknown as KubernetesObject);

  const write = (kind: string, object: KubernetesObject): Mutable => {
    const id = idOf(refOf(kind, object));
    const before = store.get(id);
    const merged = merge(before ?? {}, object) as Mutable;
    if (before !== undefined && isDeepStrictEqual(before, merged)) return before;
    const generation = Number(before?.metadata['generation'] ?? 0);
    merged.metadata = {
      ...merged.metadata,
      uid: before?.metadata['uid'] ?? randomUUID(),
      resourceVersion: String((version += 1)),
      generation: isDeepStrictEqual(before?.['spec'], merged['spec']) ? generation : generation + 1,
    };
    store.set(id, merged);
    react(kind, merged);
    fake.onChange(refOf(kind, object), copy(merged));
    return merged;
  };

  const setStatus = (kind: string, object: Mutable, status: Fields): void => {
    const merged = { ...object, status };
    if (isDeepStrictEqual(object['status'], status)) return;
    store.set(idOf(refOf(kind, object as unknown as KubernetesObject)), merged);
  };

  const drop = (ref: ObjectRef): void => {
    if (!store.delete(idOf(ref))) return;
    if (ref.kind === 'namespaces') {
      for (const [id, { metadata }] of [...store]) if (metadata.namespace === ref.name) store.delete(id);
    }
    if (ref.kind === 'deployments.apps') dropPods(ref);
    fake.onChange(ref, undefined);
  };
  const dropPods = ({ name, namespace = '' }: ObjectRef): void =>
    void store.delete(idOf({ kind: 'pods', name: `${name}-0`, namespace }));

  /** The part of Kubernetes' controllers. */
  const react = (kind: string, object: Mutable): void => {
    const spec = (object['spec'] ?? {}) as Fields;
    const { name, namespace = '' } = object.metadata;
    if (kind === 'deployments.apps') {
      const replicas = Number(spec['replicas'] ?? 1);
      const waits = fake.podsWait.get(name);
      const isUp = replicas > 0 && waits === undefined;
      setStatus(kind, object, {
        conditions: [{ type: 'Available', status: isUp || replicas === 0 ? 'True' : 'False' }],
      });
      if (replicas === 0) dropPods({ kind, name, namespace });
      else store.set(idOf({ kind: 'pods', name: `${name}-0`, namespace }), podOf(object, waits));
    }
    const established = { conditions: [{ type: 'Established', status: 'True' }] };
    if (kind === 'customresourcedefinitions.apiextensions.k8s.io') setStatus(kind, object, established);
    if (kind === 'gateways.gateway.networking.k8s.io') {
      setStatus(kind, object, { conditions: [{ type: 'Programmed', status: 'True' }] });
    }
    if (kind === 'services') {
      spec['clusterIP'] ??= `10.43.0.${(version % 250) + 1}`;
      object['spec'] = spec;
      if (spec['type'] === 'LoadBalancer')
        setStatus(kind, object, { loadBalancer: { ingress: [{ ...fake.loadBalancer }] } });
    }
  };

  const existing = (ref: ObjectRef): Mutable => {
    const object = store.get(idOf(ref));
    if (object !== undefined) return object;
    throw new KnownFailure('KubernetesObjectMissing', `There is no ${ref.kind} ${ref.name}`);
  };
  const change = (verb: string, ref: ObjectRef, fields: Fields): KubernetesObject => {
    calls.push(`${verb} ${ref.kind} ${ref.name}`);
    const object = existing(ref);
    return copy(write(ref.kind, { ...(object as unknown as KubernetesObject), ...fields }))!;
  };

  const cluster: Cluster = {
    context,
    versions: async () => ({ client: '1.35.0', server: '1.34.4' }),
    assertSkew: async () => undefined,
    get: async (ref) => fake.get(ref),
    list: async (kind, { namespace, selector = '' } = {}) =>
      [...store]
        .filter(
          ([id, { metadata }]) => id.startsWith(`${kind} `) && (namespace ?? metadata.namespace) === metadata.namespace,
        )
        .filter(([, { metadata }]) =>
          selector
            .split(',')
            .filter(Boolean)
            .every((term) => {
              if (term.startsWith('!')) return metadata.labels?.[term.slice(1)] === undefined;
              const [label = '', value] = term.split('=');
              return metadata.labels?.[label] === value;
            }),
        )
        .map(([, object]) => copy(object)!),
    apply: async (objects) =>
      objects.map((object) => {
        const kind = resourceOf(object);
        const before = store.get(idOf(refOf(kind, object)))?.metadata['resourceVersion'];
        const written = write(kind, object);
        if (before !== written.metadata['resourceVersion']) calls.push(`apply ${kind} ${object.metadata.name}`);
        return copy(store.get(idOf(refOf(kind, object))))!;
      }),
    create: () => Promise.reject(new Error('nothing is created')),
    patch: async (ref, patch) => {
      if (Array.isArray(patch)) {
        const [{ value }] = patch as [{ value: string }];
        return change('patch', ref, {
          spec: { ...(existing(ref)['spec'] as Fields), rules: [{ backendRefs: [{ name: value, port: 443 }] }] },
        });
      }
      const patched = merge(existing(ref), patch) as Mutable;
      store.set(idOf(ref), patched);
      return change('patch', ref, {});
    },
    annotate: () => Promise.reject(new Error('nothing is annotated')),
    scale: async (ref, replicas) => {
      change('scale', ref, { spec: { ...(existing(ref)['spec'] as Fields), replicas } });
    },
    remove: async (ref) => {
      if (store.has(idOf(ref))) calls.push(`remove ${ref.kind} ${ref.name}`);
      drop(ref);
    },
    exec: async (request) => {
      calls.push(`exec pods ${request.pod}`);
      await fake.onExec(request);
    },
    logs: async () => '',
    events: async (): Promise<readonly KubernetesEvent[]> => [],
    canI: async (question) => fake.mayDo(question),
    createToken: () => Promise.reject(new Error('no tokens')),
    raw: () => Promise.reject(new Error('nothing raw')),
  };
  return Object.assign(fake, { cluster });
};

const podOf = (
  deployment: Mutable,
  waits: { readonly reason: string; readonly message: string } | undefined,
): Mutable => {
  const template = (deployment['spec'] as { template?: { metadata?: { labels?: Record<string, string> } } }).template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${deployment.metadata.name}-0`,
      ...(deployment.metadata.namespace === undefined ? {} : { namespace: deployment.metadata.namespace }),
      labels: template?.metadata?.labels ?? deployment.metadata.labels ?? {},
    },
    status: {
      phase: waits === undefined ? 'Running' : 'Pending',
      conditions: [{ type: 'Ready', status: waits === undefined ? 'True' : 'False' }],
      containerStatuses: waits === undefined ? [] : [{ name: 'main', image: 'some/image', state: { waiting: waits } }],
    },
  };
};

/** As RFC 7386, but for lists of one length whose members are merged: what the server has set in them stays. */
const merge = (before: unknown, change: unknown): unknown => {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return structuredClone(change);
  const merged: Fields = typeof before === 'object' && before !== null && !Array.isArray(before) ? { ...before } : {};
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
};
