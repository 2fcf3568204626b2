import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contextName, operatorNamespace, operatorRelease, sideName } from '../../../../../infra/lanes/k3d/names.js';
import { removeOperator } from '../../../../../infra/lanes/k3d/parts/remove-operator.js';
import type { LaneContext } from '../../../../../infra/lanes/k3d/lane-context.js';
import { type Cluster, createCluster, type KubernetesObject } from '../../../../../systems/kubernetes/cluster.js';
import { createHelm } from '../../../../../systems/helm/helm.js';
import { createToolBox, defaultCacheFolder } from '../../../../../systems/tools/index.js';
import { findLab } from '../../../../systems/kubernetes/support.js';
import { createTestK3dLane, optionsFor, putOperator, type TestK3dLane } from '../test-lane.js';

const options = optionsFor({ adopt: ['clusters'], hostAddress: '127.0.0.1', storage: 'process' });
const side = sideName('source');
const uninstallation = 'helm uninstall openbao-operator in openbao-operator-system';

const released = (apiVersion: string, kind: string, name: string, namespace: string | undefined, of: string) => ({
  apiVersion,
  kind,
  metadata: {
    name,
    ...(namespace !== undefined && { namespace }),
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': of, 'meta.helm.sh/release-namespace': operatorNamespace },
  },
});

describe('an operator that the lane has installed', () => {
  let test: TestK3dLane;
  afterEach(() => test[Symbol.asyncDispose]());

  const secret = { kind: 'secrets', name: `sh.helm.release.v1.${operatorRelease}.v1`, namespace: operatorNamespace };
  const accounts = 'serviceaccounts';
  const bindings = 'rolebindings.rbac.authorization.k8s.io';

  /** Into namespaces that were there before, with things of other people in them. */
  const installed = async (): Promise<readonly string[]> => {
    test = await createTestK3dLane(options);
    const { source } = test.kubernetes;
    for (const name of [operatorNamespace, side]) {
      source.put('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      source.put(accounts, released('v1', 'ServiceAccount', 'of-others', name, 'another-release'));
      source.put('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'of-others', namespace: name } });
    }
    const before = source.objects();
    test.helm = async () => {
      putOperator(source);
      source.put(accounts, released('v1', 'ServiceAccount', 'controller', operatorNamespace, operatorRelease));
      const { name, namespace } = secret;
      const labels = { owner: 'helm', name: operatorRelease, status: 'deployed' };
      source.put('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels } });
      source.put(bindings, released('rbac.authorization.k8s.io/v1', 'RoleBinding', 'tenant', side, operatorRelease));
    };
    await test.make('network', 'cluster-source', 'operator-source');
    return before;
  };
  const left = (): readonly string[] =>
    test.kubernetes.source.objects().filter((id) => !id.startsWith('customresourcedefinitions'));

  it('goes by Helm, and what Helm leaves of it after it, from namespaces that are not the lane’s', async () => {
    const before = await installed();
    test.uninstall = async () => {
      const { cluster } = test.kubernetes.source;
      await cluster.remove(secret);
      await cluster.remove({
        kind: 'deployments.apps',
        name: 'openbao-operator-controller',
        namespace: operatorNamespace,
      });
    };
    await test.lane.disposal.teardown(() => undefined);
    expect(test.programs).toEqual([uninstallation]);
    expect(left()).toEqual(before);
  });

  it('is still the lane’s to remove when Helm could not', async () => {
    const before = await installed();
    test.uninstall = () => Promise.reject(new Error('killed'));
    await expect(test.lane.disposal.teardown(() => undefined)).rejects.toThrow('killed');
    test.uninstall = async () => {
      await test.kubernetes.source.cluster.remove(secret);
      await test.kubernetes.source.cluster.remove({
        kind: 'deployments.apps',
        name: 'openbao-operator-controller',
        namespace: operatorNamespace,
      });
    };
    await test.lane.disposal.teardown(() => undefined);
    expect(left()).toEqual(before);
  });

  it('takes no Helm where there is no release of it any more', async () => {
    await installed();
    await test.kubernetes.source.cluster.remove(secret);
    await test.lane.disposal.teardown(() => undefined);
    expect(test.programs).toEqual([]);
  });
});

const environment = process.env;
const { lab, cluster, helm, reason } = await (async () => {
  const found = await findLab();
  if (found.kubeconfig === undefined) return { reason: found.reason };
  const tools = createToolBox({ environment, cacheFolder: defaultCacheFolder(environment, homedir()) });
  const program = await tools.ensure('helm').catch(() => undefined);
  if (program === undefined) return { reason: 'no helm: OPENBAO_DR_HELM names none' };
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-release-'));
  const place = { kubeconfig: found.kubeconfig, context: contextName('source'), environment, folder };
  const there: Cluster = createCluster({ ...place, kubectl: found.kubectl });
  for (const name of [operatorNamespace, side]) {
    if ((await there.get({ kind: 'namespaces', name })) === undefined) continue;
    await rm(folder, { recursive: true, force: true });
    return { reason: `namespace ${name} is somebody's` };
  }
  return { lab: folder, cluster: there, helm: createHelm({ ...place, helm: program.path }) };
})();
const skipped = reason === undefined ? '' : ` (skipped: ${reason})`;

describe.skipIf(reason !== undefined)(`with the real Helm on a real API server${skipped}`, () => {
  const role = 'release-tests-openbao-operator';
  const chart = {
    'Chart.yaml': { apiVersion: 'v2', name: 'probe', version: '1.0.0' },
    'templates/role.yaml': {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: role },
      rules: [],
    },
    'templates/account.yaml': { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'controller' } },
    'templates/binding.yaml': {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'tenant', namespace: side },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: 'controller', namespace: operatorNamespace }],
    },
  };
  const release = { release: operatorRelease, namespace: operatorNamespace, timeoutSeconds: 60 };
  const namespaces = [operatorNamespace, side];
  let remove: () => Promise<void>;

  beforeAll(async () => {
    if (lab === undefined) return;
    await mkdir(join(lab, 'probe', 'templates'), { recursive: true });
    for (const [file, content] of Object.entries(chart)) {
      await writeFile(join(lab, 'probe', file), JSON.stringify(content));
    }
    await cluster.apply(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
    const context = {
      id: 'k3d.0123abcd',
      lane: 'k3d',
      options,
      signal: new AbortController().signal,
      recordFile: { read: async () => ({ parts: { 'operator-source': 'made' } }) },
      systems: { clusters: { at: async () => cluster }, helm: async () => helm },
    } as unknown as LaneContext;
    remove = () => removeOperator(context, 'source');
  }, 60_000);
  afterAll(async () => {
    if (lab === undefined) return;
    for (const name of namespaces) await cluster.remove({ kind: 'namespaces', name }, { wait: false });
    await cluster.remove({ kind: 'clusterroles.rbac.authorization.k8s.io', name: role });
    await rm(lab, { recursive: true, force: true });
  }, 60_000);

  const ofRelease = async (): Promise<readonly string[]> => {
    if (lab === undefined) return [];
    const kinds = [
      'clusterroles.rbac.authorization.k8s.io',
      'rolebindings.rbac.authorization.k8s.io',
      'serviceaccounts',
    ];
    const objects = await Promise.all(
      kinds.map((kind) => cluster.list(kind, { selector: 'app.kubernetes.io/managed-by=Helm' })),
    );
    const secrets = await cluster.list('secrets', { namespace: operatorNamespace, selector: 'owner=helm' });
    return [...objects.flat(), ...secrets].map(({ kind, metadata }: KubernetesObject) => `${kind} ${metadata.name}`);
  };
  const whole = ['ClusterRole release-tests-openbao-operator', 'RoleBinding tenant', 'ServiceAccount controller'];

  it('a release is gone from every namespace, and a second removal finds nothing', { timeout: 120_000 }, async () => {
    await helm?.upgrade({ ...release, chart: join(lab ?? '', 'probe') }, {});
    expect(await ofRelease()).toEqual([...whole, `Secret sh.helm.release.v1.${operatorRelease}.v1`]);
    await remove();
    expect(await ofRelease()).toEqual([]);
    await remove();
    await helm?.uninstall(release);
  });

  it('what a release has left that Helm does not know any more goes as well', { timeout: 120_000 }, async () => {
    await helm?.upgrade({ ...release, chart: join(lab ?? '', 'probe') }, {});
    await cluster?.remove({
      kind: 'secrets',
      name: `sh.helm.release.v1.${operatorRelease}.v1`,
      namespace: operatorNamespace,
    });
    await remove();
    expect(await ofRelease()).toEqual([]);
  });
});
