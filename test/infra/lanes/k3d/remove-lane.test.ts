import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { materialRef } from '../../../../infra/lanes/made/lane-materials.js';
import { laneLabel } from '../../../../infra/lanes/k3d/objects/own-objects.js';
import { createCluster } from '../../../../systems/kubernetes/cluster.js';
import { temporaryFolder } from '../../../client/test-context.js';
import { realKubectl } from '../../../systems/kubernetes/support.js';
import { adoptingOptions, createTestK3dLane, optionsFor, putOperator, type TestK3dLane } from './test-lane.js';

let test: TestK3dLane;
afterEach(() => test[Symbol.asyncDispose]());

const namespace = 'openbaocluster-dr-source';
const ignore = (): void => undefined;
const idsOf = (lane: TestK3dLane): readonly (readonly string[])[] =>
  Object.values(lane.kubernetes).map((kubernetes) => kubernetes.objects().map((id) => id.replace(/@.*/, '')));

/** As they are before the lane comes: an operator in a namespace of its side, and things of other people. */
const adopting = async (): Promise<TestK3dLane> => {
  const made = await createTestK3dLane(adoptingOptions);
  for (const side of ['source', 'target'] as const) {
    const kubernetes = made.kubernetes[side];
    putOperator(kubernetes);
    const name = `openbaocluster-dr-${side}`;
    kubernetes.put('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    kubernetes.put('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'of-others', namespace: name } });
    kubernetes.put('gatewayclasses.gateway.networking.k8s.io', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'of-others' },
    });
  }
  return made;
};

const parts = [
  ...['network', 'cluster-infra', 'cluster-source', 'cluster-target'],
  ...['gateway-infra', 'gateway-source', 'gateway-target', 'gateway-clients'],
  ...['operator-source', 'operator-target', 'secrets-source', 'secrets-target'],
] as const;

const makeAll = async (): Promise<void> => {
  await test.make('network');
  for (const material of ['ca', 'sourceSealToken', 'targetSealToken'] as const) {
    await test.materials.write(materialRef('k3d', material), material);
  }
  await test.make(...parts);
};

/** As the part does it that starts a server, which is not played here. */
const putCluster = async (): Promise<void> => {
  await test.change((record) => void (record.parts['openbao-source'] = 'made'));
  test.kubernetes.source.put('openbaoclusters.openbao.org', {
    apiVersion: 'openbao.org/v1alpha1',
    kind: 'OpenBaoCluster',
    metadata: { name: namespace, namespace, labels: { [laneLabel]: (await test.record()).id } },
    spec: {},
  });
};

const volume = { kind: 'persistentvolumeclaims', name: `data-${namespace}-0`, namespace };
const putVolume = (): void =>
  test.kubernetes.source.put(volume.kind, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: volume.name, namespace },
  });

describe('taking down a lane on adopted clusters', () => {
  it('leaves them as they were, but for definitions that others use', async () => {
    test = await adopting();
    const before = idsOf(test);
    await makeAll();
    await putCluster();
    const said: string[] = [];
    await test.lane.disposal.teardown((message) => said.push(message));
    const left = idsOf(test).map((ids) => ids.filter((id) => !id.endsWith('.gateway.networking.k8s.io')));
    expect(left).toEqual(before);
    expect(said).toContain("gateway source: Gateway API's definitions stay, as others use them");
    expect(test.programs).toEqual([]);
    expect(await test.lane.disposal.createdBy()).toBeUndefined();
  });

  it('removes the definitions, too, where nobody uses them', async () => {
    test = await adopting();
    await makeAll();
    await test.lane.disposal.teardown(ignore);
    expect(test.kubernetes.infra.objects()).toEqual([]);
  });

  it('has an operator act again that was told to leave the cluster alone', async () => {
    test = await adopting();
    await makeAll();
    await putCluster();
    const { source } = test.kubernetes;
    const ref = { kind: 'openbaoclusters.openbao.org', name: namespace, namespace };
    await source.cluster.patch(ref, { spec: { paused: true } });
    await test.lane.disposal.teardown(ignore);
    const calls = source.calls.filter((call) => call.includes(ref.kind));
    expect(calls.slice(-2)).toEqual([`patch ${ref.kind} ${namespace}`, `remove ${ref.kind} ${namespace}`]);
  });

  it('leaves a volume, and restores of another cluster, which are not its own', async () => {
    test = await adopting();
    await makeAll();
    putVolume();
    await test.lane.disposal.teardown(ignore);
    expect(test.kubernetes.source.get(volume)).toBeDefined();

    await makeAll();
    await putCluster();
    for (const cluster of [namespace, 'another']) {
      test.kubernetes.source.put('openbaorestores.openbao.org', {
        apiVersion: 'openbao.org/v1alpha1',
        kind: 'OpenBaoRestore',
        metadata: { name: `of-${cluster}`, namespace },
        spec: { cluster },
      });
    }
    await test.lane.disposal.teardown(ignore);
    const left = test.kubernetes.source.objects().filter((id) => id.startsWith('openbaorestores'));
    expect(left).toEqual([expect.stringContaining('of-another')]);
  });

  it('removes the volume that an end cut short has left', async () => {
    test = await adopting();
    await makeAll();
    await test.change((record) => void (record.parts['openbao-source'] = 'making'));
    putVolume();
    await test.lane.disposal.teardown(ignore);
    expect(test.kubernetes.source.get(volume)).toBeUndefined();
  });

  it('removes what Helm left for its own release of the operator alone', async () => {
    test = await createTestK3dLane({ ...adoptingOptions, adopt: ['clusters'] });
    await test.make('network', 'cluster-source', 'operator-source').catch(() => undefined);
    const put = (name: string, release: string): void =>
      test.kubernetes.source.put('clusterroles.rbac.authorization.k8s.io', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: {
          name,
          labels: { 'app.kubernetes.io/managed-by': 'Helm' },
          annotations: {
            'meta.helm.sh/release-name': 'openbao-operator',
            'meta.helm.sh/release-namespace': release,
          },
        },
      });
    put('ours', 'openbao-operator-system');
    put('of-others', 'their-operator');
    await test.lane.disposal.teardown(ignore);
    const roles = await test.kubernetes.source.cluster.list('clusterroles.rbac.authorization.k8s.io');
    expect(roles.map(({ metadata }) => metadata.name)).toEqual(['of-others']);
  });

  it('can be repeated', async () => {
    test = await adopting();
    await makeAll();
    await test.lane.disposal.teardownPair(ignore);
    await test.lane.disposal.teardownPair(ignore);
    await test.lane.disposal.teardown(ignore);
    await test.lane.disposal.teardown(ignore);
  });

  it('leaves infra alone when only the pair goes', async () => {
    test = await adopting();
    await makeAll();
    await test.lane.disposal.teardownPair(ignore);
    const infra = test.kubernetes.infra.objects().join('\n');
    expect(infra).toContain('namespaces /openbao-dr-edge');
    expect(infra).not.toContain('openbao-dr-clients');
    expect(test.kubernetes.target.objects().join('\n')).not.toContain('openbao-dr-edge');
    expect((await test.record()).parts).not.toHaveProperty('gateway-source');
  });
});

describe('taking down a lane whose adopted cluster is gone', () => {
  const notReached = (type: string, retryable = false) =>
    Object.assign(test.kubernetes.source.cluster, {
      versions: () => Promise.reject(new KnownFailure(type, 'It was not to be', { retryable })),
    });

  it('removes nothing, names the context, and says how what was in it can be forgotten', async () => {
    test = await adopting();
    await makeAll();
    const before = idsOf(test);
    notReached('KubernetesContextMissing');
    for (const remove of ['teardown', 'teardownPair'] as const) {
      await expect(test.lane.disposal[remove](ignore)).rejects.toMatchObject({
        type: 'ClusterOutOfReach',
        retryable: false,
        message:
          'Lane k3d cannot be removed from k3d-openbao-dr-source, which is not in the kubeconfig: bring the cluster back, or have what was in it forgotten with "openbao-dr down k3d --forget-missing"',
      });
    }
    expect(idsOf(test)).toEqual(before);
    expect(await test.lane.disposal.createdBy()).toBe('up');
  });

  it('may be tried again while the cluster only does not answer', async () => {
    test = await adopting();
    await makeAll();
    notReached('KubernetesUnreachable', true);
    await expect(test.lane.disposal.teardown(ignore)).rejects.toMatchObject({
      type: 'ClusterOutOfReach',
      retryable: true,
    });
  });

  it('removes the rest and forgets the lane when told to, and says what is left where', async () => {
    test = await adopting();
    const before = idsOf(test);
    await makeAll();
    const { id } = await test.record();
    notReached('KubernetesUnreachable', true);
    const left = test.kubernetes.source.objects();
    const said: string[] = [];
    await test.lane.disposal.teardown((message) => said.push(message), undefined, { forgetMissing: true });
    expect(said.filter((message) => message.startsWith('source: '))).toEqual([
      `source: left in k3d-openbao-dr-source, which does not answer: gateway-source, secrets-source; should it come back, what is this lane's there has the label openbao-dr/lane=${id}`,
    ]);
    expect(test.kubernetes.source.objects()).toEqual(left);
    const others = idsOf(test).map((ids) => ids.filter((kept) => !kept.endsWith('.gateway.networking.k8s.io')));
    expect([others[0], others[2]]).toEqual([before[0], before[2]]);
    expect(await test.lane.disposal.createdBy()).toBeUndefined();
  });

  it('says of a side that was shut that its edge is', async () => {
    test = await adopting();
    await makeAll();
    await test.change((record) => void (record.fenced = { source: '2026-01-02T03:04:05Z' }));
    notReached('KubernetesContextMissing');
    const said: string[] = [];
    await test.lane.disposal.teardown((message) => said.push(message), undefined, { forgetMissing: true });
    expect(said.join('\n')).toContain('secrets-source; its edge is shut; should it come back');
  });

  it('forgets nothing of a cluster that is there and knows its visitor no more', async () => {
    test = await adopting();
    await makeAll();
    notReached('KubernetesUnauthorized');
    const forced = test.lane.disposal.teardown(ignore, undefined, { forgetMissing: true });
    await expect(forced).rejects.toMatchObject({ type: 'KubernetesUnauthorized' });
    expect(await test.lane.disposal.createdBy()).toBe('up');
  });

  it('is told by the real kubectl, of a context that is missing and of a server that is not there', async () => {
    test = await adopting();
    await makeAll();
    await using folder = await temporaryFolder();
    const kubeconfig = join(folder.path, 'kubeconfig');
    await writeFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        // Nothing listens on port 1.
        clusters: [{ name: 'gone', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'nobody', user: { token: 'of-nobody' } }],
        contexts: [{ name: 'k3d-openbao-dr-infra', context: { cluster: 'gone', user: 'nobody' } }],
      }),
    );
    const kubectl = await realKubectl();
    for (const { cluster } of [test.kubernetes.infra, test.kubernetes.source]) {
      const { context } = cluster;
      const real = createCluster({ kubectl, kubeconfig, context, environment: {}, folder: folder.path });
      Object.assign(cluster, { versions: () => real.versions() });
    }
    await expect(test.lane.disposal.teardown(ignore)).rejects.toThrow(
      'Lane k3d cannot be removed from k3d-openbao-dr-infra, which does not answer, and from k3d-openbao-dr-source, which is not in the kubeconfig: ',
    );
  });
});

describe('taking down a lane of k3d', () => {
  it('deletes the clusters and the network it made, and no others', async () => {
    test = await createTestK3dLane();
    await test.make('network', 'cluster-infra', 'cluster-source', 'cluster-target');
    test.programs.splice(0);
    await test.lane.disposal.teardown(ignore);
    expect([...test.programs].sort()).toEqual([
      'docker network rm openbao-dr',
      'k3d cluster delete openbao-dr-infra',
      'k3d cluster delete openbao-dr-source',
      'k3d cluster delete openbao-dr-target',
    ]);
  });

  it('leaves a network that was there', async () => {
    test = await createTestK3dLane();
    test.networks.set('openbao-dr', { name: 'openbao-dr', labels: {}, gateway: '172.18.0.1' });
    await test.make('network');
    await test.lane.disposal.teardown(ignore);
    expect(test.programs).toEqual([]);
  });

  it('removes a cluster that was half made', async () => {
    test = await createTestK3dLane(optionsFor());
    await test.make('network');
    await test.change((record) => void (record.parts['cluster-source'] = 'making'));
    test.clusters.add('openbao-dr-source');
    await test.lane.disposal.teardown(ignore);
    expect([...test.clusters]).toEqual([]);
  });
});
