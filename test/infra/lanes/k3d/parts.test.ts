import { afterEach, describe, expect, it } from 'vitest';
import type { LanePart } from '../../../../domain/plan/provisioning.js';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { materialRef } from '../../../../infra/lanes/made/lane-materials.js';
import { laneLabel } from '../../../../infra/lanes/k3d/objects/own-objects.js';
import {
  adoptingOptions,
  createTestK3dLane,
  operatorDefinitions,
  operatorDeployment,
  optionsFor,
  putOperator,
  type TestK3dLane,
} from './test-lane.js';

let test: TestK3dLane;
afterEach(() => test[Symbol.asyncDispose]());

const clusters = ['cluster-infra', 'cluster-source', 'cluster-target'] as const;
const gateways = ['gateway-infra', 'gateway-source', 'gateway-target', 'gateway-clients'] as const;

describe('the record of a k3d lane', () => {
  it('is there with its passwords before anything is made, and says who made the lane', async () => {
    test = await createTestK3dLane();
    expect(await test.make('network')).toContain('lane k3d: new');
    expect(await test.record()).toMatchObject({
      kind: 'k3d',
      createdBy: 'up',
      materialsReady: true,
      clientsAt: 'source',
    });
    expect(await test.lane.disposal.createdBy()).toBe('up');
    expect(await test.materials.read(materialRef('k3d', 'trust'))).toMatch(/^[0-9a-f]{48}$/);
  });

  it('keeps the lane to the options it was made with', async () => {
    test = await createTestK3dLane();
    await test.make('network');
    const options = { k3d: optionsFor({ targetSealKey: 'another', adopt: [] }) };
    await expect(test.lane.parts!.make('network', test.request({ options }), () => undefined)).rejects.toMatchObject({
      type: 'LaneDiffers',
      message: expect.stringContaining('targetSealKey') as string,
    });
  });

  it('is the same lane for a drill whose restore is forced', async () => {
    test = await createTestK3dLane();
    await test.make('network');
    const options = { k3d: { ...optionsFor(), breakGlass: { reason: 'our runbook does' } } };
    await test.lane.parts!.make('network', test.request({ options }), () => undefined);
    expect((await test.record()).options).not.toHaveProperty('breakGlass');
  });

  it('is made once by parts that are made side by side', async () => {
    test = await createTestK3dLane();
    const said = await Promise.all([test.make('network'), test.make('cluster-source'), test.make('cluster-target')]);
    expect(said.flat().filter((line) => line === 'lane k3d: new')).toHaveLength(1);
  });

  it('does not open what a running drill has shut', async () => {
    test = await createTestK3dLane();
    await test.make('network');
    await test.change((record) => void (record.fenced = { source: 'then' }));
    await expect(
      test.lane.parts!.make('network', test.request({ inUse: true }), () => undefined),
    ).rejects.toMatchObject({ type: 'LaneBusy' });
    expect(await test.make('network')).toContain('source: fenced by a drill at then, fence lifted');
    expect((await test.record()).fenced).toEqual({});
  });

  it('leaves a source fenced whose clients are on the target', async () => {
    test = await createTestK3dLane();
    await test.make('network');
    await test.change((record) => Object.assign(record, { clientsAt: 'target', fenced: { source: 'then' } }));
    await test.make('network');
    expect((await test.record()).fenced).toEqual({ source: 'then' });
  });

  it('adopts nothing in clusters that are yet to be made', async () => {
    for (const part of ['gateway', 'operator'] as const) {
      test = await createTestK3dLane(optionsFor({ adopt: [part] }));
      await expect(test.make('network')).rejects.toMatchObject({ type: 'NothingToAdopt' });
      expect(test.programs).toEqual([]);
      if (part === 'gateway') await test[Symbol.asyncDispose]();
    }
  });

  it('knows no other parts', async () => {
    test = await createTestK3dLane();
    await expect(test.make('constructor' as LanePart)).rejects.toMatchObject({ type: 'UnknownLanePart' });
  });
});

describe('network and clusters', () => {
  it('are made once, and found from then on', async () => {
    test = await createTestK3dLane();
    await test.make('network', ...clusters);
    expect(test.programs).toEqual([
      'docker network create openbao-dr',
      'k3d cluster create openbao-dr-infra',
      'k3d cluster create openbao-dr-source',
      'k3d cluster create openbao-dr-target',
    ]);
    const said = await test.make('network', ...clusters);
    expect(test.programs).toHaveLength(4);
    expect(said.filter((line) => !line.includes('found'))).toEqual([]);
    expect(await test.materials.read(materialRef('k3d', 'sourceKubeconfig'))).toBe('kubeconfig of openbao-dr-source');
  });

  it('are not taken from somebody else', async () => {
    test = await createTestK3dLane();
    test.clusters.add('openbao-dr-source');
    await expect(test.make('cluster-source')).rejects.toMatchObject({ type: 'ClusterTaken' });
    expect(test.programs).toEqual([]);
  });

  it('are made anew when making them was cut short', async () => {
    test = await createTestK3dLane();
    await test.make('network');
    await test.change((record) => void (record.parts['cluster-source'] = 'making'));
    test.clusters.add('openbao-dr-source');
    await test.make('cluster-source');
    expect(test.programs.slice(1)).toEqual([
      'k3d cluster delete openbao-dr-source',
      'k3d cluster create openbao-dr-source',
    ]);
  });

  it('of which infra is gone are not made anew under sides that it sealed', async () => {
    test = await createTestK3dLane();
    await test.make('network', ...clusters);
    await test.change((record) => void (record.ready = ['infra', 'source', 'target']));
    test.clusters.delete('openbao-dr-infra');
    await expect(test.make('cluster-infra')).rejects.toMatchObject({ type: 'SealKeyLost' });
    expect(test.clusters.has('openbao-dr-infra')).toBe(false);
    await test.change((record) => void (record.ready = ['infra']));
    await test.make('cluster-infra');
    expect(test.clusters.has('openbao-dr-infra')).toBe(true);
  });

  it('take neither docker nor k3d when they are adopted', async () => {
    test = await createTestK3dLane(adoptingOptions);
    const said = await test.make('network', ...clusters);
    expect(test.programs).toEqual([]);
    expect(said).toContain('cluster source: k3d-openbao-dr-source answers, Kubernetes 1.34.4');
    expect((await test.record()).parts).toMatchObject({ network: 'adopted', 'cluster-source': 'adopted' });
  });
});

describe('edges', () => {
  it('are made with the definitions they need, and a second time change nothing', async () => {
    test = await createTestK3dLane(adoptingOptions);
    const said = await test.make(...gateways);
    expect(said).toContain("gateway source: Gateway API's definitions installed");
    const before = Object.values(test.kubernetes).map((kubernetes) => kubernetes.objects());
    const again = await test.make(...gateways);
    expect(again.filter((line) => !line.endsWith(': found'))).toEqual([]);
    expect(Object.values(test.kubernetes).map((kubernetes) => kubernetes.objects())).toEqual(before);
  });

  it('are two in infra, of classes of their own', async () => {
    test = await createTestK3dLane(adoptingOptions);
    await test.make(...gateways);
    const classes = await test.kubernetes.infra.cluster.list('gatewayclasses.gateway.networking.k8s.io');
    expect(classes.map(({ metadata }) => metadata.name).sort()).toEqual(['openbao-dr', 'openbao-dr-clients']);
  });

  it('send clients where the record says, by way of that side’s edge', async () => {
    test = await createTestK3dLane(adoptingOptions);
    test.kubernetes.source.loadBalancer.ip = '10.0.0.11';
    test.kubernetes.target.loadBalancer.ip = '10.0.0.12';
    await test.make(...gateways);
    const { infra } = test.kubernetes;
    const slice = infra.get({
      kind: 'endpointslices.discovery.k8s.io',
      name: 'target',
      namespace: 'openbao-dr-clients',
    });
    expect(slice?.['endpoints']).toMatchObject([{ addresses: ['10.0.0.12'], conditions: { ready: true } }]);
    await test.lane.clients.pointAt('target');
    expect(backend(infra)).toBe('target');
    await test.make('gateway-clients');
    expect(backend(infra)).toBe('target');
  });

  it('are not made in a namespace of somebody else', async () => {
    test = await createTestK3dLane(adoptingOptions);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'openbao-dr-edge' } };
    test.kubernetes.source.put('namespaces', namespace);
    await expect(test.make('gateway-source')).rejects.toMatchObject({
      type: 'LaneObjectsTaken',
      message: expect.stringContaining('namespace openbao-dr-edge') as string,
    });
  });

  it('are not started for a side that is shut', async () => {
    test = await createTestK3dLane(adoptingOptions);
    await test.make('gateway-source');
    await test.change((record) => Object.assign(record, { clientsAt: 'target', fenced: { source: 'then' } }));
    expect(await test.make('gateway-source')).toContain('edge source: found, shut');
    expect(replicas(test)).toBe(0);
  });

  it('start again once a drill that died no longer shuts them', async () => {
    test = await createTestK3dLane(adoptingOptions);
    await test.make('gateway-source');
    await test.kubernetes.source.cluster.scale(
      { kind: 'deployments.apps', name: 'traefik', namespace: 'openbao-dr-edge' },
      0,
    );
    await test.make('gateway-source');
    expect(replicas(test)).toBe(1);
  });

  it('want a Gateway API with TLSRoute v1', async () => {
    test = await createTestK3dLane(adoptingOptions);
    const old = (plural: string) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.gateway.networking.k8s.io` },
      spec: { versions: [{ name: 'v1alpha2', served: true }] },
    });
    test.kubernetes.source.put('customresourcedefinitions.apiextensions.k8s.io', old('tlsroutes'));
    await expect(test.make('gateway-source')).rejects.toMatchObject({ type: 'GatewayApiTooOld' });
  });

  it('do not take a cluster-wide name from somebody else', async () => {
    test = await createTestK3dLane(adoptingOptions);
    const apiVersion = 'gateway.networking.k8s.io/v1';
    const theirs = {
      apiVersion,
      kind: 'GatewayClass',
      metadata: { name: 'openbao-dr' },
      spec: { controllerName: 'a' },
    };
    await test.make('gateway-target');
    test.kubernetes.source.put('gatewayclasses.gateway.networking.k8s.io', theirs);
    for (const plural of ['tlsroutes', 'gatewayclasses']) {
      test.kubernetes.source.put('customresourcedefinitions.apiextensions.k8s.io', served(plural));
    }
    await expect(test.make('gateway-source')).rejects.toMatchObject({
      type: 'LaneObjectsTaken',
      message: expect.stringContaining('GatewayClass openbao-dr') as string,
    });
  });

  it('that are adopted have to be there', async () => {
    test = await createTestK3dLane({ ...adoptingOptions, adopt: ['clusters', 'gateway'] });
    await expect(test.make('gateway-source')).rejects.toMatchObject({ type: 'GatewayDefinitionsMissing' });
  });
});

describe('operators', () => {
  it('are adopted wherever they are', async () => {
    test = await createTestK3dLane(adoptingOptions);
    await expect(test.make('operator-source')).rejects.toMatchObject({ type: 'OperatorMissing' });
    putOperator(test.kubernetes.source);
    expect(await test.make('operator-source')).toEqual(['operator source: found']);
    expect(test.kubernetes.source.calls).toEqual([]);
  });

  it('are of no use without their definitions', async () => {
    test = await createTestK3dLane(adoptingOptions);
    test.kubernetes.source.put('deployments.apps', operatorDeployment);
    await expect(test.make('operator-source')).rejects.toMatchObject({ type: 'OperatorMissing' });
  });

  it('are installed for one side, whose namespace is there before, and found from then on', async () => {
    test = await createTestK3dLane({ ...adoptingOptions, adopt: ['clusters'] });
    const { source } = test.kubernetes;
    const installed: unknown[] = [];
    test.helm = async ({ chart, version }, values) => {
      expect(source.get({ kind: 'namespaces', name: 'openbaocluster-dr-source' })).toBeDefined();
      installed.push({ chart, version, values });
      putOperator(source);
    };
    expect(await test.make('operator-source')).toContain('operator source: installed');
    expect(await test.make('operator-source')).toContain('operator source: found');
    expect(installed).toEqual([
      {
        chart: 'oci://ghcr.io/dc-tec/charts/openbao-operator',
        version: '0.5.1',
        values: { tenancy: { mode: 'single', targetNamespace: 'openbaocluster-dr-source' } },
      },
    ]);
  });

  it('of somebody else are not upgraded', async () => {
    test = await createTestK3dLane({ ...adoptingOptions, adopt: ['clusters'] });
    putOperator(test.kubernetes.source);
    await expect(test.make('operator-source')).rejects.toMatchObject({ type: 'OperatorTaken' });
  });

  it('are installed after all when Helm was killed half-way', async () => {
    test = await createTestK3dLane({ ...adoptingOptions, adopt: ['clusters'] });
    const { source } = test.kubernetes;
    const namespace = 'openbao-operator-system';
    const revision = (name: string, status: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, labels: { owner: 'helm', name: 'openbao-operator', status } },
    });
    test.helm = async () => {
      source.put('secrets', revision('v1', 'deployed'));
      source.put('secrets', revision('v2', 'pending-install'));
      throw new KnownFailure('KubernetesUnreachable', 'the program was killed', { retryable: true });
    };
    await expect(test.make('operator-source')).rejects.toThrow('killed');
    test.helm = async () => {
      const kept = await source.cluster.list('secrets', { namespace });
      expect(kept.map(({ metadata }) => metadata.name)).toEqual(['v1']);
      putOperator(source);
    };
    expect(await test.make('operator-source')).toContain('operator source: installed');
  });

  it('that do not come up are quoted', async () => {
    test = await createTestK3dLane({ ...adoptingOptions, adopt: ['clusters'] });
    const { source } = test.kubernetes;
    test.helm = async () => {
      for (const object of operatorDefinitions) source.put('customresourcedefinitions.apiextensions.k8s.io', object);
      source.podsWait.set('openbao-operator-controller', { reason: 'ImagePullBackOff', message: 'no such image' });
      source.put('deployments.apps', operatorDeployment);
      throw new KnownFailure('TimedOut', 'not ready', { retryable: true });
    };
    await expect(test.make('operator-source')).rejects.toMatchObject({
      type: 'WorkloadNotReady',
      message: expect.stringContaining('no such image') as string,
    });
  });
});

describe('secrets of a side', () => {
  it('are there with the way to the bucket, and nowhere else', async () => {
    test = await createTestK3dLane(adoptingOptions);
    await test.make('network');
    await test.materials.write(materialRef('k3d', 'sourceSealToken'), 'a token');
    await test.materials.write(materialRef('k3d', 'ca'), 'an authority');
    expect(await test.make('secrets-source')).toEqual(['secrets source: made']);
    expect(await test.make('secrets-source')).toEqual(['secrets source: found']);
    const { source } = test.kubernetes;
    const namespace = 'openbaocluster-dr-source';
    const secret = source.get({ kind: 'secrets', name: 'transit-seal', namespace });
    expect(secret?.['data']).toEqual({ token: base64('a token'), 'ca.crt': base64('an authority') });
    expect(secret?.metadata.labels?.[laneLabel]).toBe((await test.record()).id);
    const slice = source.get({ kind: 'endpointslices.discovery.k8s.io', name: 'rustfs', namespace });
    expect(slice?.['endpoints']).toMatchObject([{ addresses: ['127.0.0.1'] }]);
  });

  it('do not take the place of somebody else’s in a namespace that was there', async () => {
    test = await createTestK3dLane(adoptingOptions);
    await test.make('network');
    for (const material of ['sourceSealToken', 'ca'] as const)
      await test.materials.write(materialRef('k3d', material), 'a');
    const { source } = test.kubernetes;
    const namespace = 'openbaocluster-dr-source';
    source.put('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const theirs = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'transit-seal', namespace },
      data: { token: 'a' },
    };
    source.put('secrets', theirs);
    await expect(test.make('secrets-source')).rejects.toMatchObject({
      type: 'LaneObjectsTaken',
      message: expect.stringContaining('Secret transit-seal') as string,
    });
    expect(source.get({ kind: 'secrets', name: 'transit-seal', namespace })).toMatchObject({ data: { token: 'a' } });
  });

  it('follow what they are made of', async () => {
    test = await createTestK3dLane(adoptingOptions);
    await test.make('network');
    for (const material of ['sourceSealToken', 'ca'] as const)
      await test.materials.write(materialRef('k3d', material), 'a');
    await test.make('secrets-source');
    await test.materials.write(materialRef('k3d', 'ca'), 'another authority');
    expect(await test.make('secrets-source')).toEqual(['secrets source: brought up to date']);
  });
});

const served = (plural: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.gateway.networking.k8s.io` },
  spec: { versions: [{ name: 'v1', served: true }] },
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const backend = (kubernetes: TestK3dLane['kubernetes']['infra']): unknown => {
  const route = kubernetes.get({
    kind: 'tlsroutes.gateway.networking.k8s.io',
    name: 'clients',
    namespace: 'openbao-dr-clients',
  });
  return (route?.['spec'] as { rules: [{ backendRefs: [{ name: string }] }] }).rules[0].backendRefs[0].name;
};

const replicas = ({ kubernetes }: TestK3dLane): unknown => {
  const deployment = kubernetes.source.get({ kind: 'deployments.apps', name: 'traefik', namespace: 'openbao-dr-edge' });
  return (deployment?.['spec'] as { replicas: number }).replicas;
};

describe('a k3d lane', () => {
  it('says at once that there is nothing to adopt in clusters that it has yet to make', async () => {
    test = await createTestK3dLane();
    const possible = test.lane.assertPossible?.({ k3d: optionsFor({ adopt: ['gateway'] }) });
    await expect(possible).rejects.toMatchObject({ type: 'NothingToAdopt' });
    await expect(test.lane.assertPossible?.({ k3d: adoptingOptions })).resolves.toBeUndefined();
  });
});
