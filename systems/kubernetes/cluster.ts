/** One Kubernetes cluster, as kubectl reaches it. Holds no connection: there is nothing to close. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fieldsAt } from '../../domain/fields.js';
import { writePrivateFile } from '../files/private-file.js';
import { type Environment } from '../tools/index.js';
import { waitUntil } from '../waiting/wait-until.js';
import {
  applyCommand,
  createCommand,
  deleteCommand,
  eventsCommand,
  execCommand,
  getCommand,
  listCommand,
  logsCommand,
  patchCommand,
  rawCommand,
  rawCreateCommand,
  scaleCommand,
  tokenCommand,
  versionCommand,
} from './commands.js';
import { eventOf, listOf, parseJson, parseObject, parseObjects, plainVersion } from './documents.js';
import { noneOf, unlessNotStarted } from './failures.js';
import { createKubectl, currentContext } from './kubectl.js';
import { type KubernetesEvent, type KubernetesObject, type ObjectRef } from './objects.js';
import { secretsOf, secretsOfPatch } from './secrets.js';
import { assertSkew } from './skew.js';

export type { KubernetesEvent, KubernetesObject, ObjectMeta, ObjectRef, OwnerReference } from './objects.js';

export interface CallOptions {
  /** Ends kubectl. Whether the server has acted on the request is then unknown. */
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** By labels: `app.kubernetes.io/instance=a,tier!=b`. */
  readonly selector?: string;
  /** By the few fields the server can select by: `status.phase=Running`. */
  readonly fieldSelector?: string;
}

export interface ApplyOptions extends CallOptions {
  /** Take over fields that another manager has set. Default: false, which fails with `KubernetesConflict`. */
  readonly force?: boolean;
}

export interface PatchOptions extends CallOptions {
  /** `merge`: RFC 7386, `null` removes a field. `json`: RFC 6902, a list of operations. Default: `merge`. */
  readonly type?: 'merge' | 'json';
  /** `status` or `scale`. Default: the object itself. */
  readonly subresource?: string;
}

export interface RemoveOptions extends CallOptions {
  /** How long a pod may take to end by itself; 0 kills it at once. Default: the object's own time. */
  readonly gracePeriodSeconds?: number;
  /** Return only once the object is gone. Another of the same name does not count. Default: true. */
  readonly wait?: boolean;
  /** How long to wait for that. Default: 60000. */
  readonly timeoutMs?: number;
}

export interface LogsRequest extends CallOptions {
  readonly namespace: string;
  readonly pod: string;
  /** Default: the pod's first. */
  readonly container?: string;
  /** Default: all of them. */
  readonly tailLines?: number;
  /** Read the log of the previous container, before a restart. Default: false. */
  readonly previous?: boolean;
}

export interface ExecRequest extends CallOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The program and its arguments, which every user on the node can read. */
  readonly command: readonly string[];
}

export interface EventsRequest extends CallOptions {
  readonly namespace: string;
  /** Only events of objects with this name. */
  readonly name?: string;
}

export interface AccessQuestion extends CallOptions {
  /** Any: `get`, or a verb that only an admission policy asks about, such as `restore`. */
  readonly verb: string;
  /** The resource with its API group, as in {@link ObjectRef.kind}. */
  readonly resource: string;
  readonly name?: string;
  readonly subresource?: string;
  /** Absent: in the whole cluster. */
  readonly namespace?: string;
}

export interface TokenRequest extends CallOptions {
  readonly serviceAccount: string;
  readonly namespace: string;
  readonly audience: string;
  /** How long it shall be valid. Kubernetes refuses less than 600, and may answer one that is valid for less than asked. */
  readonly seconds: number;
}

/**
 * Every method may throw KnownFailure `KubernetesUnreachable` (a retry may help), `KubernetesCertificateRefused`,
 * `KubernetesContextMissing`, `KubernetesUnauthorized`, `KubernetesForbidden` (it names verb and resource) and
 * `KubernetesFailed`, and the signal's reason if aborted. Those that change something also `AdmissionRefused` (it quotes the
 * refusing webhook and its reason), `AdmissionUnavailable` (a retry may help), `KubernetesConflict`, `KubernetesQuotaExceeded`,
 * `KubernetesObjectInvalid`, `KubernetesObjectMissing` and `KubernetesKindUnknown`. No failure repeats the content of a Secret.
 * No call is retried.
 */
export interface Cluster {
  readonly context: string;
  /** The versions of kubectl and of the API server, without build words: `1.34.4`. */
  versions(options?: CallOptions): Promise<{ readonly client: string; readonly server: string }>;
  /** @throws KnownFailure `KubectlSkewed`: kubectl and the server are more than one minor version apart. */
  assertSkew(options?: CallOptions): Promise<void>;
  /** `undefined` when the object, its namespace or its kind does not exist. */
  get(ref: ObjectRef, options?: CallOptions): Promise<KubernetesObject | undefined>;
  /** Empty when the namespace or the kind does not exist. */
  list(kind: string, options?: ListOptions): Promise<readonly KubernetesObject[]>;
  /**
   * Server-side apply, as field manager `openbao-dr`, one after another: creates what is missing, changes what differs. Safe
   * to repeat. An object that is refused does not keep the others from being applied.
   *
   * @returns the objects as the server has them now, in the order given.
   */
  apply(objects: readonly KubernetesObject[], options?: ApplyOptions): Promise<readonly KubernetesObject[]>;
  /** @throws KnownFailure `KubernetesObjectExists`. */
  create(object: KubernetesObject, options?: CallOptions): Promise<KubernetesObject>;
  /** @throws KnownFailure `KubernetesObjectMissing`, and `KubernetesConflict` where a `resourceVersion` in it is old. */
  patch(ref: ObjectRef, patch: unknown, options?: PatchOptions): Promise<KubernetesObject>;
  /** `null` removes an annotation; others stay. */
  annotate(
    ref: ObjectRef,
    annotations: Readonly<Record<string, string | null>>,
    options?: CallOptions,
  ): Promise<KubernetesObject>;
  /** Returns once the number is written, not once the pods are there or gone. */
  scale(ref: ObjectRef, replicas: number, options?: CallOptions): Promise<void>;
  /**
   * It is fine if the object is missing.
   *
   * @throws KnownFailure `TimedOut` (a retry may help): its removal began, and it still exists.
   */
  remove(ref: ObjectRef, options?: RemoveOptions): Promise<void>;
  /** Empty while the container has not started. @throws KnownFailure `KubernetesObjectMissing`: there is no such pod. */
  logs(request: LogsRequest): Promise<string>;
  /**
   * Runs a program in a container that is up, and waits for its end.
   *
   * @throws KnownFailure `KubernetesCommandMissing`: the container has no such program.
   * @throws KnownFailure `KubernetesCommandKilled`: it was killed, or its container ended under it.
   * @throws KnownFailure `KubernetesCommandFailed`: it ended with another exit code than 0, which is in the message.
   */
  exec(request: ExecRequest): Promise<void>;
  /** The latest last. Events are gone after an hour. */
  events(request: EventsRequest): Promise<readonly KubernetesEvent[]>;
  /** Asks the server what it would allow this identity. It also answers for unknown verbs and resources. */
  canI(question: AccessQuestion): Promise<boolean>;
  /** A token of a service account. Secret. */
  createToken(request: TokenRequest): Promise<string>;
  /** GET of any path: parsed JSON, or the text where it is none. `/openid/v1/jwks`, `/readyz`. */
  raw(path: string, options?: CallOptions): Promise<unknown>;
}

export interface ClusterOptions {
  /** Path of the program. */
  readonly kubectl: string;
  /** Absent: the kubeconfig's current one, or the cluster that kubectl's own pod runs in. */
  readonly context?: string | undefined;
  /** File that holds the context. Default: what `KUBECONFIG` of the environment names, else the user's own. */
  readonly kubeconfig?: string;
  /** kubectl gets `PATH` of it, for login helpers that a kubeconfig names, and nothing else. */
  readonly environment: Environment;
  /** Home and cache of kubectl: made when needed, private. */
  readonly folder: string;
  /** Limit for one request to the server. Default: 20000. */
  readonly requestTimeoutMs?: number;
  /** Limit for kubectl as a whole, which may have to ask first which kinds there are. Default: twice that, and 5 s. */
  readonly timeoutMs?: number;
}

export const createCluster = (options: ClusterOptions): Cluster => {
  const { context = currentContext } = options;
  const kubectl = createKubectl(options);

  const get: Cluster['get'] = async (ref, { signal } = {}) => {
    const printed = await noneOf(kubectl.run(getCommand(ref), { ...about(ref), signal }));
    return printed === undefined || printed.trim() === '' ? undefined : parseObject(printed);
  };

  const list: Cluster['list'] = async (kind, { signal, ...selection } = {}) => {
    const printed = await noneOf(kubectl.run(listCommand(kind, selection), { namespace: selection.namespace, signal }));
    return printed === undefined ? [] : parseObjects(printed);
  };

  const patch: Cluster['patch'] = async (ref, content, { type = 'merge', subresource, signal } = {}) => {
    const patchFile = join(await kubectl.home(), `patch-${randomUUID()}.json`);
    const command = patchCommand(ref, { type, subresource, patchFile });
    try {
      await writePrivateFile(patchFile, JSON.stringify(content));
      return parseObject(await kubectl.run(command, { ...about(ref), secrets: secretsOfPatch(ref, content), signal }));
    } finally {
      await rm(patchFile, { force: true });
    }
  };

  const versions: Cluster['versions'] = async ({ signal } = {}) => {
    const printed = parseJson(await kubectl.run(versionCommand(), { signal }));
    return {
      client: plainVersion(fieldsAt(printed, 'clientVersion')['gitVersion']),
      server: plainVersion(fieldsAt(printed, 'serverVersion')['gitVersion']),
    };
  };

  return {
    context,
    versions,
    assertSkew: async (call) => assertSkew(context, await versions(call)),
    get,
    list,
    apply: async (objects, { force = false, signal } = {}) => {
      if (objects.length === 0) return [];
      const input = listOf(objects);
      return parseObjects(await kubectl.run(applyCommand(force), { input, secrets: secretsOf(objects), signal }));
    },
    create: async (object, { signal } = {}) => {
      const { kind, metadata } = object;
      const subject = { object: `${kind}/${metadata.name}`, namespace: metadata.namespace };
      const input = JSON.stringify(object);
      return parseObject(
        await kubectl.run(createCommand(), { input, ...subject, secrets: secretsOf([object]), signal }),
      );
    },
    patch,
    annotate: async (ref, annotations, call) => patch(ref, { metadata: { annotations } }, call),
    scale: async (ref, replicas, { signal } = {}) => {
      await kubectl.run(scaleCommand(ref, replicas), { ...about(ref), signal });
    },
    remove: async (ref, { gracePeriodSeconds, wait = true, timeoutMs = 60_000, signal } = {}) => {
      // kubectl's own wait is cut by its limit for a request, and another object of the same name must not extend this wait.
      const uid = wait ? (await get(ref, { signal }))?.metadata.uid : undefined;
      if (wait && uid === undefined) return;
      await noneOf(kubectl.run(deleteCommand(ref, gracePeriodSeconds), { ...about(ref), signal }));
      if (!wait) return;
      await waitUntil(async () => ((await get(ref, { signal }))?.metadata.uid === uid ? undefined : true), {
        what: `${ref.kind}/${ref.name} to be gone from ${context}`,
        timeoutMs,
        intervalMs: 200,
        signal,
      });
    },
    logs: async ({ signal, ...request }) => {
      const subject = { object: `pods/${request.pod}`, namespace: request.namespace };
      return unlessNotStarted(kubectl.run(logsCommand(request), { ...subject, signal }));
    },
    exec: async ({ signal, ...request }) => {
      const subject = { object: `pods/${request.pod}`, namespace: request.namespace };
      await kubectl.run(execCommand(request), { ...subject, signal });
    },
    events: async ({ signal, ...request }) => {
      const printed = await kubectl.run(eventsCommand(request), { namespace: request.namespace, signal });
      return parseObjects(printed)
        .map(eventOf)
        .sort((a, b) => Date.parse(a.lastSeenAt) - Date.parse(b.lastSeenAt));
    },
    canI: async ({ verb, resource, name, subresource, namespace, signal }) => {
      const [plural, ...group] = resource.split('.');
      const resourceAttributes = { verb, resource: plural, group: group.join('.'), name, subresource, namespace };
      const input = JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      });
      const command = rawCreateCommand('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews');
      const printed = await kubectl.run(command, { input, namespace, signal });
      return fieldsAt(parseJson(printed), 'status')['allowed'] === true;
    },
    createToken: async ({ signal, ...request }) => {
      const subject = { object: `serviceaccounts/${request.serviceAccount}`, namespace: request.namespace };
      return (await kubectl.run(tokenCommand(request), { ...subject, signal })).trim();
    },
    raw: async (path, { signal } = {}) => {
      const printed = await kubectl.run(rawCommand(path), { object: path, signal });
      try {
        return JSON.parse(printed) as unknown;
      } catch {
        return printed.trim();
      }
    },
  };
};

const about = ({ kind, name, namespace }: ObjectRef): { readonly object: string; readonly namespace?: string } => ({
  object: `${kind}/${name}`,
  ...(namespace === undefined ? {} : { namespace }),
});
