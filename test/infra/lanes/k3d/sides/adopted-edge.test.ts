import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderAsset } from '../../../../../infra/lanes/k3d/objects/assets.js';
import { createCertificateAuthority } from '../../../../../systems/tls/certificate-authority.js';
import { resourceOf } from '../fake-kubernetes.js';
import { adoptingOptions, createTestK3dLane, type TestK3dLane } from '../test-lane.js';

const namespace = 'openbao-dr-edge';
const deployment = { kind: 'deployments.apps', name: 'traefik', namespace };

let test: TestK3dLane;
let edge: Server;
const sockets = new Set<TLSSocket>();

const listen = async (port: number): Promise<void> => {
  edge.listen(port, '127.0.0.1');
  await once(edge, 'listening');
};

/** Edges that somebody made from the lane's own manifest; the source's listens as long as its Deployment has pods. */
beforeEach(async () => {
  const authority = await createCertificateAuthority({ commonName: 'test', validDays: 1 });
  const names = { commonName: 'edge', dnsNames: ['edge'], ipAddresses: [], validDays: 1 };
  const { certificatePem: cert, keyPem: key } = await authority.issue(names);
  edge = createServer({ cert, key }, (socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  await listen(0);
  const { port } = edge.address() as AddressInfo;
  test = await createTestK3dLane({ ...adoptingOptions, adopt: ['clusters', 'gateway', 'operator'] });
  const { source } = test.kubernetes;
  for (const plural of ['tlsroutes', 'gatewayclasses']) {
    source.put('customresourcedefinitions.apiextensions.k8s.io', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.gateway.networking.k8s.io` },
      spec: { versions: [{ name: 'v1', served: true }] },
    });
  }
  const values = { NAMESPACE: namespace, GATEWAY_CLASS: 'openbao-dr', SERVICE_PORT: port, TRAEFIK_IMAGE: 'traefik' };
  for (const object of await renderAsset('edge', values)) source.put(resourceOf(object), object);
  await source.cluster.scale(deployment, 2);
  source.onChange = (ref, object) => {
    if (ref.kind !== deployment.kind) return;
    if ((object?.['spec'] as { replicas: number }).replicas > 0) {
      if (!edge.listening) void listen(port);
    } else {
      edge.close();
      for (const socket of sockets) socket.destroy();
    }
  };
  source.calls.splice(0);
});
afterEach(async () => {
  edge.close();
  await test[Symbol.asyncDispose]();
});

const replicas = (): unknown =>
  (test.kubernetes.source.get(deployment)?.['spec'] as { readonly replicas: unknown }).replicas;

const putRoute = (plural: string, kind: string): void =>
  test.kubernetes.source.put(`${plural}.gateway.networking.k8s.io`, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name: 'of-others', namespace },
  });

describe('an edge that is adopted', () => {
  it('is taken as it is', async () => {
    expect(await test.make('gateway-source')).toContain('edge source: found');
    expect(test.kubernetes.source.calls).toEqual([]);
    expect((await test.record()).parts).toMatchObject({ 'gateway-source': 'adopted' });
  });

  it('is not adopted where routes of others go through it', async () => {
    putRoute('httproutes', 'HTTPRoute');
    await expect(test.make('gateway-source')).rejects.toMatchObject({
      type: 'EdgeShared',
      message: expect.stringContaining('HTTPRoute of-others') as string,
    });
  });

  it('is not adopted when it serves other namespaces', async () => {
    const change = {
      template: { spec: { containers: [{ name: 'traefik', args: ['--providers.kubernetesingress'] }] } },
    };
    await test.kubernetes.source.cluster.patch(deployment, { spec: change });
    await expect(test.make('gateway-source')).rejects.toMatchObject({ type: 'EdgeShared' });
  });

  it('is not taken away by a fence when somebody else has come to use it', async () => {
    await test.make('gateway-source');
    putRoute('tlsroutes', 'TLSRoute');
    await expect(test.lane.edges.fence('source')).rejects.toMatchObject({ type: 'EdgeShared' });
    expect(replicas()).toBe(2);
    expect(edge.listening).toBe(true);
  });

  it('has as many pods after a fence as it had before', async () => {
    await test.make('gateway-source');
    await test.lane.edges.fence('source');
    expect(replicas()).toBe(0);
    await test.lane.edges.fence('source');
    await test.lane.edges.liftFence('source');
    expect(replicas()).toBe(2);
  });

  it('keeps all its pods when a fence is lifted that never came to be', async () => {
    await test.make('gateway-source');
    putRoute('tlsroutes', 'TLSRoute');
    await expect(test.lane.edges.fence('source')).rejects.toMatchObject({ type: 'EdgeShared' });
    await test.lane.edges.liftFence('source');
    expect(replicas()).toBe(2);
  });

  it('is open again, and there, when the lane goes while a drill has it shut', async () => {
    await test.make('network', 'cluster-source', 'gateway-source');
    await test.lane.edges.fence('source');
    await test.lane.disposal.teardown(() => undefined);
    expect(replicas()).toBe(2);
  });
});
