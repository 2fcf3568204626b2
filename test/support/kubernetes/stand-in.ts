/** Plays a Kubernetes cluster, in memory: its objects, its Jobs, its tokens, and what it refuses. Nothing of it is real. */
import { generateKeyPairSync, type KeyPairKeyObjectResult, sign } from 'node:crypto';
import { KnownFailure } from '../../../domain/known-failure.js';
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import type { Cluster, ObjectMeta } from '../../../systems/kubernetes/cluster.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import type { ContainerProgram } from '../operator/jobs/container.js';
import { createJobsInMemory } from '../operator/jobs/jobs-in-memory.js';
import { createObjectsInMemory, type ObjectsInMemory, refOf } from '../operator/objects-in-memory.js';

/** What goes wrong for whoever drills; a test sets it at any time. The operator has an identity and a way of its own. */
export interface KubernetesFaults {
  /** Pods of Jobs are made and never start: the reason their container waits with. */
  podsWait: string | undefined;
  /** Words of an admission policy that refuses every restore. */
  admission: string | undefined;
  /** `verb resource`, as `create openbaorestores.openbao.org` or `create serviceaccounts/token`. */
  readonly forbidden: Set<string>;
  unreachable: boolean;
}

export interface KubernetesStandIn extends Disposable {
  /** For whoever drills. */
  readonly cluster: Cluster;
  /** For the operator: nothing is refused, and no call is noted. */
  readonly unhindered: Cluster;
  readonly faults: KubernetesFaults;
  /** Every call that was to change something, as `verb kind name`. */
  readonly calls: readonly string[];
  readonly objects: ObjectsInMemory;
}

export interface KubernetesStandInOptions {
  readonly context: string;
  /** What containers of Jobs do. */
  readonly program: ContainerProgram;
}

/** The issuer of K3s: the same in every cluster. Only the keys tell them apart. */
const issuer = 'https://kubernetes.default.svc.cluster.local';

export const createKubernetesStandIn = ({ context, program }: KubernetesStandInOptions): KubernetesStandIn => {
  const objects = createObjectsInMemory();
  const calls: string[] = [];
  const faults: KubernetesFaults = {
    podsWait: undefined,
    admission: undefined,
    forbidden: new Set(),
    unreachable: false,
  };
  const jobs = createJobsInMemory({ objects, program, podsWait: () => faults.podsWait });
  // Made when they are needed: it takes a while.
  let keyPair: KeyPairKeyObjectResult | undefined;
  const keys = () => (keyPair ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));

  /** What kubectl would be told before anything else. */
  const ask: Ask = (verb, kind, name = '') => {
    if (verb !== 'get' && verb !== 'list') calls.push(`${verb} ${kind} ${name}`.trim());
    if (faults.unreachable) {
      throw new KnownFailure('KubernetesUnreachable', 'The API server cannot be reached', { retryable: true });
    }
    if (faults.forbidden.has(`${verb} ${kind}`)) {
      throw new KnownFailure('KubernetesForbidden', `Kubernetes does not let this identity ${verb} ${kind}`);
    }
    if (faults.admission !== undefined && verb === 'create' && kind === operatorKinds.restores) {
      throw new KnownFailure('AdmissionRefused', `An admission policy refused the object: ${faults.admission}`);
    }
  };

  const clusterFor = (asking: Ask): Cluster => ({
    context,
    versions: async () => {
      asking('get', 'version');
      return { client: '1.35.0', server: '1.34.4' };
    },
    assertSkew: async () => undefined,
    get: async (ref) => {
      asking('get', ref.kind, ref.name);
      return structuredClone(objects.find(ref));
    },
    list: async (list, { namespace, selector = '' } = {}) => {
      const listed = list.split(',');
      for (const kind of listed) asking('list', kind);
      return listed
        .flatMap((kind) => objects.of(kind))
        .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
        .filter(({ metadata }) => isSelected(metadata, selector))
        .map((object) => structuredClone(object));
    },
    apply: () => notPlayed('apply'),
    create: async (object) => {
      const ref = refOf(object);
      asking('create', ref.kind, ref.name);
      if (objects.find(ref) !== undefined) {
        throw new KnownFailure('KubernetesObjectExists', 'There is such an object already');
      }
      const made = objects.put(object);
      if (ref.kind === 'jobs.batch') jobs.run(made);
      return structuredClone(made);
    },
    patch: async (ref, patch, { type = 'merge', subresource } = {}) => {
      if (type === 'json') return notPlayed('patch by a list of operations');
      asking('patch', ref.kind, ref.name);
      return objects.merge(ref, patch, subresource === 'status' ? 'status' : 'rest');
    },
    annotate: async (ref, annotations) => {
      asking('patch', ref.kind, ref.name);
      return objects.merge(ref, { metadata: { annotations } }, 'rest');
    },
    scale: () => notPlayed('scale'),
    remove: async (ref, { wait = true, timeoutMs = 60_000 } = {}) => {
      asking('delete', ref.kind, ref.name);
      const uid = objects.find(ref)?.metadata.uid;
      objects.remove(ref);
      if (!wait || uid === undefined) return;
      await waitUntil(async () => (objects.find(ref)?.metadata.uid === uid ? undefined : true), {
        what: `${ref.kind}/${ref.name} to be gone`,
        timeoutMs,
        intervalMs: 5,
      });
    },
    logs: async ({ pod, previous = false }) => {
      asking('get', 'pods/log', pod);
      return previous ? '' : jobs.log(pod);
    },
    exec: () => notPlayed('exec'),
    events: async () => [],
    canI: async ({ verb, resource, subresource }) =>
      !faults.forbidden.has(`${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`),
    createToken: async ({ serviceAccount, namespace, audience, seconds }) => {
      asking('create', 'serviceaccounts/token', serviceAccount);
      const at = Math.floor(Date.now() / 1000);
      const sub = `system:serviceaccount:${namespace}:${serviceAccount}`;
      const claims = { iss: issuer, sub, aud: [audience], iat: at, nbf: at, exp: at + seconds };
      const signed = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => base64url(JSON.stringify(part))).join('.');
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), keys().privateKey).toString('base64url')}`;
    },
    raw: async (path) => {
      asking('get', path);
      if (path === '/.well-known/openid-configuration') return { issuer };
      if (path !== '/openid/v1/jwks') throw new KnownFailure('KubernetesFailed', `There is nothing at ${path}`);
      return { keys: [{ ...keys().publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test' }] };
    },
  });

  return {
    cluster: clusterFor(ask),
    unhindered: clusterFor(() => undefined),
    faults,
    calls,
    objects,
    [Symbol.dispose]: () => jobs[Symbol.dispose](),
  };
};

type Ask = (verb: string, kind: string, name?: string) => void;

const isSelected = ({ labels = {} }: ObjectMeta, selector: string): boolean =>
  selector
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [label = '', value] = term.split('=');
      return value === undefined ? label in labels : labels[label] === value;
    });

const notPlayed = (what: string): Promise<never> => Promise.reject(new Error(`the stand-in does not ${what}`));

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
