/** Plays a Kubernetes cluster, in memory: its objects, its Jobs, its tokens, and what it refuses. Nothing of it is real. */
import { generateKeyPairSync, type KeyPairKeyObjectResult, randomBytes, randomUUID, sign } from 'node:crypto';
import { KnownFailure } from '../../domain/known-failure.js';
import { operatorKinds } from '../../domain/operator-objects.js';
import type { Cluster, KubernetesObject, ObjectMeta, ObjectRef } from '../../systems/kubernetes/cluster.js';

/** What goes wrong; a test sets it at any time. */
export interface KubernetesFaults {
  /** Pods of Jobs are made and never start: the reason their container waits with. */
  podsWait: string | undefined;
  /** Words of an admission policy that refuses every restore. */
  admission: string | undefined;
  /** `verb resource`, as `create openbaorestores.openbao.org` or `create serviceaccounts/token`. */
  readonly forbidden: Set<string>;
  unreachable: boolean;
}

export interface MutableObject {
  apiVersion: string;
  kind: string;
  metadata: { -readonly [Member in keyof ObjectMeta]: ObjectMeta[Member] };
  status?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface StandInJob {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What its pod does. */
  readonly work: () => Promise<void>;
  /** The last line that it logs before it fails, in place of any work. */
  readonly fails?: string | undefined;
  /** Whether the pod of one that has failed stays, with its log. */
  readonly keepsPod: boolean;
}

export interface KubernetesStandIn extends Disposable {
  readonly cluster: Cluster;
  readonly faults: KubernetesFaults;
  /** Every call that was to change something, as `verb kind name`. */
  readonly calls: readonly string[];
  put(kind: string, object: KubernetesObject): MutableObject;
  find(ref: ObjectRef): MutableObject | undefined;
  /** All objects of a kind, as they are. */
  of(kind: string): readonly MutableObject[];
  /** @throws KnownFailure `KubernetesObjectMissing`. */
  change(ref: ObjectRef, change: (object: MutableObject) => void): KubernetesObject;
  removed(ref: ObjectRef): void;
  /** Runs a Job, as Kubernetes does whether an operator is there or not. */
  runJob(job: StandInJob): void;
}

/** The issuer of K3s: the same in every cluster. Only the keys tell them apart. */
export const standInIssuer = 'https://kubernetes.default.svc.cluster.local';

/** Long enough for a Job that fails to be looked at. */
const failsAfterMs = 100;

export const createKubernetesStandIn = (
  context: string,
  whenRemoved: (ref: ObjectRef) => void = () => undefined,
): KubernetesStandIn => {
  const store = new Map<string, MutableObject>();
  const logs = new Map<string, string>();
  const timers = new Set<NodeJS.Timeout>();
  const calls: string[] = [];
  const faults: KubernetesFaults = {
    podsWait: undefined,
    admission: undefined,
    forbidden: new Set(),
    unreachable: false,
  };
  // Made when they are needed: it takes a while.
  let keyPair: KeyPairKeyObjectResult | undefined;
  const keys = () => (keyPair ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));

  const of = (kind: string) => [...store].filter(([id]) => id.startsWith(`${kind}/`)).map(([, object]) => object);
  const put: KubernetesStandIn['put'] = (kind, object) => {
    const server = { uid: randomUUID(), resourceVersion: '1', creationTimestamp: kubernetesTime() };
    const made: MutableObject = { ...structuredClone(object), metadata: { ...object.metadata, ...server } };
    store.set(idOf({ kind, name: object.metadata.name, ...spaceOf(object.metadata) }), made);
    return made;
  };
  const change: KubernetesStandIn['change'] = (ref, edit) => {
    const object = store.get(idOf(ref));
    if (object === undefined) throw new KnownFailure('KubernetesObjectMissing', `There is no ${ref.kind} ${ref.name}`);
    edit(object);
    object.metadata.resourceVersion = String(Number(object.metadata.resourceVersion) + 1);
    return structuredClone(object);
  };

  const runJob: KubernetesStandIn['runJob'] = ({
    name,
    namespace,
    labels,
    annotations = {},
    work,
    fails,
    keepsPod,
  }) => {
    const job = put('jobs.batch', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace, labels, annotations },
      status: { active: 1 },
    });
    const pod = { kind: 'pods', name: `${name}-${randomBytes(3).toString('hex')}`, namespace };
    put('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: pod.name, namespace, labels: { ...labels, 'batch.kubernetes.io/job-name': name } },
      status: podStatus(faults.podsWait),
    });
    if (faults.podsWait !== undefined) return;
    const end = (status: Record<string, unknown>, phase: string) => {
      job.status = status;
      const found = store.get(idOf(pod));
      if (found !== undefined) found.status = { phase };
    };
    const fail = () => {
      const message = 'Job has reached the specified backoff limit';
      const condition = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message };
      end({ failed: 1, conditions: [condition] }, 'Failed');
      if (!keepsPod) store.delete(idOf(pod));
    };
    if (fails !== undefined) {
      logs.set(pod.name, `starting\n${fails}\n`);
      timers.add(setTimeout(fail, failsAfterMs));
      return;
    }
    work().then(
      () => end({ succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] }, 'Succeeded'),
      (error: unknown) => {
        logs.set(pod.name, `${String(error)}\n`);
        fail();
      },
    );
  };

  /** What kubectl would be told before anything else. */
  const ask = (verb: string, kind: string, name = '') => {
    if (verb !== 'get' && verb !== 'list') calls.push(`${verb} ${kind} ${name}`.trim());
    if (faults.unreachable) {
      throw new KnownFailure('KubernetesUnreachable', 'The API server cannot be reached', { retryable: true });
    }
    if (faults.forbidden.has(`${verb} ${kind}`)) {
      throw new KnownFailure('KubernetesForbidden', `Kubernetes does not let this identity ${verb} ${kind}`);
    }
  };

  const cluster: Cluster = {
    context,
    versions: async () => {
      ask('get', 'version');
      return { client: '1.35.0', server: '1.34.4' };
    },
    assertSkew: async () => undefined,
    get: async (ref) => {
      ask('get', ref.kind, ref.name);
      return structuredClone(store.get(idOf(ref)));
    },
    list: async (kind, { namespace, selector = '' } = {}) => {
      ask('list', kind);
      return of(kind)
        .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
        .filter(({ metadata }) => isSelected(metadata, selector))
        .map((object) => structuredClone(object));
    },
    apply: () => notPlayed('apply'),
    create: async (object) => {
      const kind = object.kind === 'OpenBaoRestore' ? operatorKinds.restores : object.kind;
      ask('create', kind, object.metadata.name);
      if (faults.admission !== undefined && kind === operatorKinds.restores) {
        throw new KnownFailure('AdmissionRefused', `An admission policy refused the object: ${faults.admission}`);
      }
      if (store.has(idOf({ kind, name: object.metadata.name, ...spaceOf(object.metadata) }))) {
        throw new KnownFailure('KubernetesObjectExists', 'There is such an object already');
      }
      return structuredClone(put(kind, object));
    },
    patch: () => notPlayed('patch'),
    annotate: async (ref, annotations) => {
      ask('patch', ref.kind, ref.name);
      return change(ref, ({ metadata }) => {
        const merged: Record<string, string | null> = { ...metadata.annotations, ...annotations };
        metadata.annotations = Object.fromEntries(
          Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null),
        );
      });
    },
    scale: () => notPlayed('scale'),
    remove: async (ref) => {
      ask('delete', ref.kind, ref.name);
      store.delete(idOf(ref));
      whenRemoved(ref);
    },
    exec: () => notPlayed('exec'),
    logs: async ({ pod, previous = false }) => {
      ask('get', 'pods/log', pod);
      return previous ? '' : (logs.get(pod) ?? '');
    },
    events: async () => [],
    canI: async ({ verb, resource, subresource }) =>
      !faults.forbidden.has(`${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`),
    createToken: async ({ serviceAccount, namespace, audience, seconds }) => {
      ask('create', 'serviceaccounts/token', serviceAccount);
      const at = Math.floor(Date.now() / 1000);
      const sub = `system:serviceaccount:${namespace}:${serviceAccount}`;
      const claims = { iss: standInIssuer, sub, aud: [audience], iat: at, nbf: at, exp: at + seconds };
      const signed = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => base64url(JSON.stringify(part))).join('.');
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), keys().privateKey).toString('base64url')}`;
    },
    raw: async (path) => {
      ask('get', path);
      if (path !== '/openid/v1/jwks') throw new KnownFailure('KubernetesFailed', `There is nothing at ${path}`);
      return { keys: [{ ...keys().publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test' }] };
    },
  };

  return {
    cluster,
    faults,
    calls,
    put,
    find: (ref) => store.get(idOf(ref)),
    of,
    change,
    removed: (ref) => store.delete(idOf(ref)),
    runJob,
    [Symbol.dispose]: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
};

/** As Kubernetes writes times. */
export const kubernetesTime = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

const idOf = ({ kind, name, namespace = '' }: ObjectRef): string => `${kind}/${namespace}/${name}`;

const spaceOf = ({ namespace }: ObjectMeta): { readonly namespace?: string } =>
  namespace === undefined ? {} : { namespace };

const isSelected = ({ labels = {} }: ObjectMeta, selector: string): boolean =>
  selector
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [label = '', value] = term.split('=');
      return labels[label] === value;
    });

const podStatus = (waits: string | undefined): Record<string, unknown> =>
  waits === undefined
    ? { phase: 'Running', containerStatuses: [{ name: 'job', ready: true, state: { running: {} } }] }
    : {
        phase: 'Pending',
        containerStatuses: [{ name: 'job', ready: false, state: { waiting: { reason: waits, message: 'it waits' } } }],
      };

const notPlayed = (what: string): Promise<never> => Promise.reject(new Error(`the stand-in does not ${what}`));

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
