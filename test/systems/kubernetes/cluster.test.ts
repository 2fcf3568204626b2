import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Cluster, createCluster, type KubernetesObject } from '../../../systems/kubernetes/cluster.js';
import { explainWorkload } from '../../../systems/kubernetes/explain.js';
import { renderManifest } from '../../../systems/kubernetes/templates.js';
import { waitForObject } from '../../../systems/kubernetes/wait-for.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { findLab, labContext } from './support.js';

const lab = await findLab();
const title = lab.kubeconfig === undefined ? `a real API server (not run, as ${lab.reason})` : 'a real API server';
if (lab.kubeconfig === undefined) console.warn(`Tests on ${title}`);

/** Also the name of what belongs to the whole cluster. */
const namespace = `kubectl-tests-${randomBytes(4).toString('hex')}`;
const signal = new AbortController().signal;

describe.skipIf(lab.kubeconfig === undefined)(title, () => {
  let cluster: Cluster;
  let folder: string;
  beforeAll(async () => {
    if (lab.kubeconfig === undefined) return;
    folder = await mkdtemp(join(tmpdir(), 'openbao-dr-kubernetes-'));
    const { kubeconfig, kubectl } = lab;
    cluster = createCluster({ kubectl, context: labContext, kubeconfig, environment: process.env, folder });
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { tests: namespace } },
    });
  });
  afterAll(async () => {
    if (lab.kubeconfig === undefined) return;
    const kinds = [
      'validatingadmissionpolicybindings',
      'validatingadmissionpolicies',
      'validatingwebhookconfigurations',
    ];
    for (const kind of kinds) {
      await cluster.remove({ kind: `${kind}.admissionregistration.k8s.io`, name: namespace });
    }
    await cluster.remove({ kind: 'clusterroles.rbac.authorization.k8s.io', name: namespace });
    await cluster.remove({ kind: 'namespaces', name: namespace }, { wait: false });
    await rm(folder, { recursive: true, force: true });
  });

  const configMap = (name: string, data: Record<string, string> = {}): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data,
  });
  const ref = (kind: string, name: string) => ({ kind, name, namespace });
  const ofKind = (kind: string): unknown => expect.objectContaining({ kind });

  it('tells versions, and whether kubectl fits the server', async () => {
    const { client, server } = await cluster.versions();
    expect(server).toMatch(/^1\.\d+\.\d+$/);
    const apart = Math.abs(Number(client.split('.')[1]) - Number(server.split('.')[1]));
    const asserted = cluster.assertSkew();
    await (apart > 1
      ? expect(asserted).rejects.toMatchObject({
          type: 'KubectlSkewed',
          message: expect.stringContaining(
            `the version of kubectl is ${client} and the server's version is ${server}`,
          ) as string,
        })
      : asserted);
  });

  it('applies several objects at once, in order, and again', async () => {
    const objects = renderManifest(
      `
apiVersion: v1
kind: ConfigMap
metadata: { name: first, namespace: "\${NAMESPACE}" }
data: { a: "\${VALUE}" }
---
apiVersion: v1
kind: Secret
metadata: { name: second, namespace: "\${NAMESPACE}" }
stringData: { password: "\${VALUE}" }
`,
      { NAMESPACE: namespace, VALUE: 'one "quoted"\nvalue' },
    );
    const applied = await cluster.apply(objects);
    expect(applied).toEqual([ofKind('ConfigMap'), ofKind('Secret')]);
    expect(applied[0]).toMatchObject({ data: { a: 'one "quoted"\nvalue' } });
    const again = await cluster.apply(objects);
    expect(again.map(({ metadata }) => metadata.resourceVersion)).toEqual(
      applied.map(({ metadata }) => metadata.resourceVersion),
    );
    expect(await cluster.apply([configMap('first', { b: 'c' })])).toEqual([
      expect.objectContaining({ data: { b: 'c' } }),
    ]);
    expect(await cluster.apply([])).toEqual([]);
  });

  it('applies the others where one is refused', async () => {
    const elsewhere = { ...configMap('x'), metadata: { name: 'x', namespace: `${namespace}-none` } };
    await expect(cluster.apply([elsewhere, configMap('applied')])).rejects.toMatchObject({
      type: 'KubernetesObjectMissing',
      message: expect.stringContaining('namespaces') as string,
    });
    expect(await cluster.get(ref('configmaps', 'applied'))).toEqual(ofKind('ConfigMap'));
  });

  it('has nothing where object, namespace or kind is missing', async () => {
    expect(await cluster.get(ref('secrets', 'none'))).toBeUndefined();
    expect(await cluster.get({ kind: 'secrets', name: 'none', namespace: `${namespace}-none` })).toBeUndefined();
    expect(await cluster.get(ref('widgets.example.com', 'none'))).toBeUndefined();
    expect(await cluster.list('widgets.example.com', { namespace })).toEqual([]);
    expect(await cluster.list('secrets', { namespace: `${namespace}-none` })).toEqual([]);
  });

  it('lists by namespace, label and field', async () => {
    await cluster.apply([
      { ...configMap('red'), metadata: { name: 'red', namespace, labels: { colour: 'red' } } },
      { ...configMap('blue'), metadata: { name: 'blue', namespace, labels: { colour: 'blue' } } },
    ]);
    const names = (objects: readonly KubernetesObject[]) => objects.map(({ metadata }) => metadata.name);
    expect(names(await cluster.list('configmaps', { namespace, selector: 'colour=red' }))).toEqual(['red']);
    expect(names(await cluster.list('configmaps', { namespace, fieldSelector: 'metadata.name=blue' }))).toEqual([
      'blue',
    ]);
    expect(names(await cluster.list('namespaces', { selector: `tests=${namespace}` }))).toEqual([namespace]);
    expect(names(await cluster.list('configmaps', { selector: 'colour=blue' }))).toContain('blue');
  });

  it('creates an object once', async () => {
    expect(await cluster.create(configMap('once'))).toEqual(ofKind('ConfigMap'));
    await expect(cluster.create(configMap('once'))).rejects.toMatchObject({ type: 'KubernetesObjectExists' });
  });

  it('patches by merge and by operations, and annotates', async () => {
    await cluster.apply([configMap('patched', { a: '1', b: '2' })]);
    expect(await cluster.patch(ref('configmaps', 'patched'), { data: { a: null } })).toMatchObject({
      data: { b: '2' },
    });
    const operations = [{ op: 'replace', path: '/data/b', value: '3' }];
    expect(await cluster.patch(ref('configmaps', 'patched'), operations, { type: 'json' })).toMatchObject({
      data: { b: '3' },
    });
    await cluster.annotate(ref('configmaps', 'patched'), { 'example.com/a': 'x', 'example.com/b': 'y' });
    const annotated = await cluster.annotate(ref('configmaps', 'patched'), { 'example.com/a': null });
    expect(annotated.metadata.annotations).toEqual({ 'example.com/b': 'y' });
    await expect(cluster.annotate(ref('configmaps', 'none'), { a: 'b' })).rejects.toMatchObject({
      type: 'KubernetesObjectMissing',
    });
  });

  it('patches a status', async () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'unused', namespace } };
    await cluster.apply([{ ...quota, spec: { hard: { 'count/leases.coordination.k8s.io': '5' } } }]);
    const patched = await cluster.patch(
      ref('resourcequotas', 'unused'),
      { status: { used: { 'count/leases.coordination.k8s.io': '4' } } },
      { subresource: 'status' },
    );
    expect(patched).toMatchObject({ status: { used: { 'count/leases.coordination.k8s.io': '4' } } });
    await cluster.remove(ref('resourcequotas', 'unused'));
  });

  it('says that an old version of an object cannot be patched', async () => {
    await cluster.apply([configMap('old')]);
    const patch = { metadata: { resourceVersion: '1' }, data: { a: 'b' } };
    await expect(cluster.patch(ref('configmaps', 'old'), patch)).rejects.toMatchObject({
      type: 'KubernetesConflict',
      retryable: true,
    });
  });

  it('takes over what somebody else has set only with force', async () => {
    await cluster.apply([configMap('owned', { a: 'applied' })]);
    await cluster.patch(ref('configmaps', 'owned'), { data: { a: 'patched' } });
    // A patch of ours is by the same manager, but no application: to Kubernetes that is somebody else.
    await expect(cluster.apply([configMap('owned', { a: 'again' })])).rejects.toMatchObject({
      type: 'KubernetesConflict',
      retryable: false,
    });
    expect(await cluster.apply([configMap('owned', { a: 'forced' })], { force: true })).toEqual([
      expect.objectContaining({ data: { a: 'forced' } }),
    ]);
  });

  it('says what is not valid, and nothing of what is in a Secret', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'invalid', namespace } };
    await expect(cluster.apply([{ ...service, spec: { ports: [{ port: 80_000 }] } }])).rejects.toMatchObject({
      type: 'KubernetesObjectInvalid',
      message: expect.stringContaining('Invalid value: 80000') as string,
    });
    await expect(cluster.apply([{ ...service, spec: { ports: [{ port: 80 }], nope: 1 } }])).rejects.toMatchObject({
      type: 'KubernetesObjectInvalid',
      message: expect.stringMatching(/\bnope\b/) as string,
    });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret', namespace } };
    await cluster.apply([{ ...secret, stringData: { kept: 'correct horse' } }]);
    const kept = Buffer.from('correct horse').toString('base64');
    for (const attempt of [
      () => cluster.apply([{ ...secret, data: { a: 'battery staple' } }]),
      () => cluster.create({ ...secret, metadata: { name: 'other', namespace }, data: { a: 'battery staple' } }),
      () => cluster.patch(ref('secrets', 'secret'), { data: { a: 'battery staple' } }),
      () => cluster.patch(ref('secrets', 'secret'), { data: 'battery staple' }),
    ]) {
      const failure: unknown = await attempt().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ type: 'KubernetesObjectInvalid' });
      expect(String(failure)).not.toMatch(/battery|staple|correct horse/);
      expect(String(failure)).not.toContain(kept);
    }
  });

  it('says that no definition of a kind is there', async () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace } };
    await expect(cluster.apply([widget])).rejects.toMatchObject({ type: 'KubernetesKindUnknown' });
  });

  it('quotes the policy that refused', async () => {
    const admission = (kind: string, spec: unknown): KubernetesObject => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: namespace },
      spec,
    });
    await cluster.apply([
      admission('ValidatingAdmissionPolicy', {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: { matchLabels: { tests: namespace } },
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
          ],
        },
        validations: [{ expression: "object.metadata.name != 'refused'", message: 'no such names here' }],
      }),
      admission('ValidatingAdmissionPolicyBinding', { policyName: namespace, validationActions: ['Deny'] }),
    ]);
    // A policy takes a moment to be enforced.
    const refusal = await waitUntil(
      async () => {
        const failure: unknown = await cluster.apply([configMap('refused')]).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure === undefined) await cluster.remove(ref('configmaps', 'refused'));
        return failure;
      },
      { what: 'the policy to be enforced', timeoutMs: 30_000 },
    );
    expect(refusal).toMatchObject({
      type: 'AdmissionRefused',
      retryable: false,
      message: expect.stringMatching(
        /refused it: no such names here\. The context .* the rule that refuses is policy kubectl-tests-/,
      ) as string,
    });
  });

  it('says which webhook does not answer', async () => {
    await cluster.apply([
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: namespace },
        webhooks: [
          {
            name: 'nobody.example.com',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            timeoutSeconds: 2,
            namespaceSelector: { matchLabels: { tests: namespace } },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['services'] }],
            clientConfig: { url: 'https://127.0.0.1:9/' },
          },
        ],
      },
    ]);
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'webhook', namespace } };
    const failure = await waitUntil(
      async () => {
        const caught: unknown = await cluster.apply([{ ...service, spec: { ports: [{ port: 80 }] } }]).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (caught === undefined) await cluster.remove(ref('services', 'webhook'));
        return caught;
      },
      { what: 'the webhook to be called', timeoutMs: 30_000 },
    );
    expect(failure).toMatchObject({
      type: 'AdmissionUnavailable',
      retryable: true,
      message: expect.stringContaining('nobody.example.com') as string,
    });
  });

  it('asks what it may do, whatever the verb', async () => {
    expect(await cluster.canI({ verb: 'get', resource: 'secrets', namespace })).toBe(true);
    expect(await cluster.canI({ verb: 'restore', resource: 'openbaoclusters.openbao.org', name: 'a', namespace })).toBe(
      true,
    );
  });

  it('removes what is there, and is content with what is not', async () => {
    await cluster.apply([configMap('removed')]);
    await cluster.remove(ref('configmaps', 'removed'));
    expect(await cluster.get(ref('configmaps', 'removed'))).toBeUndefined();
    await cluster.remove(ref('configmaps', 'removed'));
    await cluster.remove(ref('configmaps', 'removed'), { wait: false });
    await cluster.remove(ref('widgets.example.com', 'none'));
  });

  it('says that what it removed is still there when somebody holds it', async () => {
    const held = { ...configMap('held'), metadata: { name: 'held', namespace, finalizers: ['example.com/held'] } };
    await cluster.apply([held]);
    await expect(cluster.remove(ref('configmaps', 'held'), { timeoutMs: 1_000 })).rejects.toMatchObject({
      type: 'TimedOut',
      message: expect.stringContaining('configmaps/held to be gone') as string,
    });
    await cluster.patch(ref('configmaps', 'held'), { metadata: { finalizers: null } });
    await cluster.remove(ref('configmaps', 'held'));
  });

  it('reads what the API server says of itself', async () => {
    expect(await cluster.raw('/readyz')).toBe('ok');
    expect(await cluster.raw('/openid/v1/jwks')).toMatchObject({ keys: [expect.objectContaining({ kty: 'RSA' })] });
    expect(await cluster.raw('/.well-known/openid-configuration')).toMatchObject({
      issuer: expect.any(String) as string,
    });
  });

  describe('with another identity', () => {
    let other: Cluster;
    beforeAll(async () => {
      await cluster.apply([
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'drill', namespace } },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'drill', namespace },
          rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
        },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: 'drill', namespace },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'drill' },
          subjects: [{ kind: 'ServiceAccount', name: 'drill', namespace }],
        },
      ]);
      other = await asServiceAccount();
    });

    /** The same cluster with a token instead of a certificate. */
    const asServiceAccount = async (token?: string): Promise<Cluster> => {
      if (lab.kubeconfig === undefined) throw new Error('no lab');
      const config = parse(await readFile(lab.kubeconfig, 'utf8')) as {
        contexts: { name: string; context: { cluster: string; user: string } }[];
        users: { name: string; user: unknown }[];
      };
      const user = config.contexts.find(({ name }) => name === labContext)?.context.user;
      const identity = {
        token:
          token ??
          (await cluster.createToken({ serviceAccount: 'drill', namespace, audience: await issuer(), seconds: 600 })),
      };
      const users = config.users.map((entry) => (entry.name === user ? { ...entry, user: identity } : entry));
      const kubeconfig = join(folder, `kubeconfig-${randomBytes(4).toString('hex')}`);
      await writeFile(kubeconfig, JSON.stringify({ ...config, users }), { mode: 0o600 });
      return createCluster({ kubectl: lab.kubectl, context: labContext, kubeconfig, environment: process.env, folder });
    };
    /** A token for the API server itself has its issuer as audience. */
    const issuer = async (): Promise<string> =>
      ((await cluster.raw('/.well-known/openid-configuration')) as { issuer: string }).issuer;

    it('names the verb and the resource that are forbidden', async () => {
      expect(await other.get(ref('configmaps', 'none'))).toBeUndefined();
      await expect(other.get(ref('secrets', 'none'))).rejects.toMatchObject({
        type: 'KubernetesForbidden',
        message: expect.stringMatching(/may not get secrets: .*the verb is get and the resource is secrets/) as string,
      });
      await expect(other.list('deployments.apps', { namespace })).rejects.toMatchObject({
        type: 'KubernetesForbidden',
        message: expect.stringContaining('may not list deployments.apps') as string,
      });
    });

    it('asks what it may do', async () => {
      expect(await other.canI({ verb: 'get', resource: 'configmaps', namespace })).toBe(true);
      expect(await other.canI({ verb: 'patch', resource: 'configmaps', namespace })).toBe(false);
      expect(await other.canI({ verb: 'get', resource: 'configmaps' })).toBe(false);
      expect(await other.canI({ verb: 'update', resource: 'openbaoclusters.openbao.org', subresource: 'status' })).toBe(
        false,
      );
      expect(await other.canI({ verb: 'restore', resource: 'openbaoclusters.openbao.org', name: 'a', namespace })).toBe(
        false,
      );
    });

    it('makes tokens for an audience, and says which account is missing', async () => {
      const request = { namespace, audience: 'openbao-internal', seconds: 600 };
      const token = await cluster.createToken({ ...request, serviceAccount: 'drill' });
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
        string,
        unknown
      >;
      expect(claims).toMatchObject({ aud: ['openbao-internal'], sub: `system:serviceaccount:${namespace}:drill` });
      await expect(cluster.createToken({ ...request, serviceAccount: 'none' })).rejects.toMatchObject({
        type: 'KubernetesObjectMissing',
      });
      await expect(other.createToken({ ...request, serviceAccount: 'drill' })).rejects.toMatchObject({
        type: 'KubernetesForbidden',
        message: expect.stringContaining('serviceaccounts/token') as string,
      });
    });

    it('says that a login is not known', async () => {
      await expect((await asServiceAccount('wrong')).get(ref('configmaps', 'none'))).rejects.toMatchObject({
        type: 'KubernetesUnauthorized',
      });
    });
  });

  describe('with pods', () => {
    const image = 'openbao/openbao:2.7.2';
    const deployment = (name: string, container: object): KubernetesObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 30,
            containers: [{ name: 'c', image, imagePullPolicy: 'Never', ...container }],
          },
        },
      },
    });
    const selection = (name: string) => ({ namespace, selector: `app=${name}` });
    const explained = (name: string, pattern: RegExp): Promise<string> =>
      waitUntil(
        async () => {
          const said = await explainWorkload(cluster, selection(name));
          return said !== undefined && pattern.test(said) ? said : undefined;
        },
        { what: `an explanation like ${pattern.source} of ${name}`, timeoutMs: 50_000, intervalMs: 500 },
      );
    const available = (object: KubernetesObject | undefined): true | undefined =>
      (object?.['status'] as { availableReplicas?: number } | undefined)?.availableReplicas === 1 ? true : undefined;

    it('runs a workload, reads its log and events, kills its pod, and scales it to nothing', async () => {
      const server = {
        args: ['server', '-dev', '-dev-listen-address=127.0.0.1:8200'],
        env: [{ name: 'HOME', value: '/tmp' }],
      };
      await cluster.apply([deployment('runs', server)]);
      await waitForObject(cluster, ref('deployments.apps', 'runs'), available, {
        what: 'the workload to be available',
        timeoutMs: 50_000,
        signal,
        explain: () => explainWorkload(cluster, selection('runs')),
      });
      expect(await explainWorkload(cluster, selection('runs'))).toBeUndefined();

      const [pod] = await cluster.list('pods', selection('runs'));
      const name = pod?.metadata.name ?? '';
      expect(await cluster.logs({ namespace, pod: name })).toContain('OpenBao server started');
      expect((await cluster.logs({ namespace, pod: name, tailLines: 1 })).trim().split('\n')).toHaveLength(1);
      const run = (...command: string[]) => cluster.exec({ namespace, pod: name, container: 'c', command });
      await run('bao', 'version');
      await expect(run('bao', 'no-such-command')).rejects.toMatchObject({ type: 'KubernetesCommandFailed' });
      await expect(run('no-such-program')).rejects.toMatchObject({ type: 'KubernetesCommandMissing' });
      const events = await cluster.events({ namespace, name });
      expect(events.map(({ reason }) => reason)).toContain('Started');
      expect(events[0]).toMatchObject({ type: 'Normal', regarding: { kind: 'Pod', name } });
      expect(new Set(events.map(({ regarding }) => regarding.name))).toEqual(new Set([name]));

      await cluster.scale(ref('deployments.apps', 'runs'), 0);
      const before = Date.now();
      await cluster.remove(ref('pods', name), { gracePeriodSeconds: 0 });
      expect(Date.now() - before).toBeLessThan(20_000);
      await expect(cluster.logs({ namespace, pod: name })).rejects.toMatchObject({ type: 'KubernetesObjectMissing' });
      expect(await cluster.get(ref('deployments.apps', 'runs'))).toMatchObject({ spec: { replicas: 0 } });
    });

    it('explains an image that is not there', async () => {
      await cluster.apply([deployment('no-image', { image: 'example.com/none:1' })]);
      expect(await explained('no-image', /its image/)).toContain(
        'does not get its image example.com/none:1 (ErrImageNeverPull)',
      );
    });

    it('explains a program that ends, in its own last words', async () => {
      await cluster.apply([deployment('ends', { args: ['no-such-command'] })]);
      const said = await explained('ends', /ended .*last line/);
      expect(said).toMatch(/container c of pod ends-\S+ ended with exit code 127.*; its last line: \S/);
    });

    it('explains a pod that finds no node', async () => {
      await cluster.apply([deployment('too-big', { resources: { requests: { cpu: '1000' } } })]);
      expect(await explained('too-big', /no node/)).toContain('Insufficient cpu');
    });

    it('explains a Secret that is missing, mounted or as a variable', async () => {
      const value = { valueFrom: { secretKeyRef: { name: 'none', key: 'a' } } };
      await cluster.apply([deployment('no-secret', { env: [{ name: 'A', ...value }] })]);
      expect(await explained('no-secret', /not found/)).toContain('secret "none" not found');

      const mounted = deployment('no-volume', { volumeMounts: [{ name: 'v', mountPath: '/v' }] });
      const { template, ...spec } = mounted['spec'] as { template: { metadata: object; spec: object } };
      const volumes = [{ name: 'v', secret: { secretName: 'none' } }];
      await cluster.apply([
        { ...mounted, spec: { ...spec, template: { ...template, spec: { ...template.spec, volumes } } } },
      ]);
      expect(await explained('no-volume', /for a volume/)).toContain('secret "none" not found');
    });

    it('explains pods that a quota leaves no room for', async () => {
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'memory', namespace } };
      await cluster.apply([{ ...quota, spec: { hard: { 'limits.memory': '1Mi' } } }]);
      await cluster.apply([deployment('no-room', { resources: { limits: { memory: '64Mi' } } })]);
      expect(await explained('no-room', /quota/)).toMatch(
        /ReplicaSet no-room-\S+ could not make a pod: .*exceeded quota/,
      );
      await cluster.remove(ref('resourcequotas', 'memory'));
    });
  });
});
