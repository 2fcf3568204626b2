import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../systems/tls/certificate-authority.js';
import { createTestK3dLane, type TestK3dLane } from './test-lane.js';

const deployment = { kind: 'deployments.apps', name: 'traefik', namespace: 'openbao-dr-edge' };
const openBaoCluster = {
  kind: 'openbaoclusters.openbao.org',
  name: 'openbaocluster-dr-source',
  namespace: 'openbaocluster-dr-source',
};

let test: TestK3dLane;
let edge: Server;
let port: number;
const sockets = new Set<TLSSocket>();

const listen = async (on: number): Promise<void> => {
  edge.listen(on, '127.0.0.1');
  await once(edge, 'listening');
};

/** The source's edge: it listens as long as its Deployment has a pod. */
beforeEach(async () => {
  const authority = await createCertificateAuthority({ commonName: 'test', validDays: 1 });
  const { certificatePem: cert, keyPem: key } = await authority.issue({
    commonName: 'edge',
    dnsNames: ['edge'],
    ipAddresses: [],
    validDays: 1,
  });
  edge = createServer({ cert, key }, (socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  await listen(0);
  ({ port } = edge.address() as AddressInfo);

  test = await createTestK3dLane();
  await test.make('network', 'gateway-source');
  await test.change((record) => void (record.ports.edges.source = port));
  const { source } = test.kubernetes;
  source.onChange = (ref, object) => {
    if (ref.kind !== deployment.kind) return;
    if ((object?.['spec'] as { replicas: number }).replicas > 0) void listen(port);
    else {
      edge.close();
      for (const socket of sockets) socket.destroy();
    }
  };
  const metadata = { name: openBaoCluster.name, namespace: openBaoCluster.namespace };
  source.put(openBaoCluster.kind, { apiVersion: 'openbao.org/v1alpha1', kind: 'OpenBaoCluster', metadata, spec: {} });
  source.put('statefulsets.apps', { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { replicas: 1 } });
  // What the operator says once it has seen that it is to pause.
  source.put(openBaoCluster.kind, {
    apiVersion: 'openbao.org/v1alpha1',
    kind: 'OpenBaoCluster',
    metadata,
    status: { conditions: [{ type: 'Available', status: 'Unknown', reason: 'Paused' }] },
  });
});
afterEach(async () => {
  edge.close();
  await test[Symbol.asyncDispose]();
});

describe('a fence of a k3d lane', () => {
  it('is there once the edge refuses, and answers the first time again', async () => {
    const before = new Date().toISOString();
    const { fencedAt } = await test.lane.fence('source');
    expect(fencedAt >= before).toBe(true);
    expect(edge.listening).toBe(false);
    expect(await test.lane.fence('source')).toEqual({ fencedAt });
    expect((await test.record()).fenced).toEqual({ source: fencedAt });
  });

  it('is lifted when the edge answers again', async () => {
    await test.lane.fence('source');
    await test.lane.liftFence('source');
    expect(edge.listening).toBe(true);
    expect((await test.record()).fenced).toEqual({});
  });
});

describe('the loss of a side', () => {
  it('has the operator leave the cluster alone before the server ends, then shuts the edge', async () => {
    const { lostAt } = await test.lane.loseSite('source');
    const { source } = test.kubernetes;
    expect(source.calls.filter((call) => /^(patch|scale)/.test(call))).toEqual([
      'patch openbaoclusters.openbao.org openbaocluster-dr-source',
      'scale statefulsets.apps openbaocluster-dr-source',
      'scale deployments.apps traefik',
    ]);
    const { fenced, lost } = await test.record();
    expect(lost).toEqual({ source: lostAt });
    expect(fenced!.source! >= lostAt).toBe(true);
    expect(await test.lane.loseSite('source')).toEqual({ lostAt });
  });

  it('keeps the edge shut when only the fence is lifted', async () => {
    await test.lane.loseSite('source');
    await test.lane.liftFence('source');
    expect(edge.listening).toBe(false);
  });
});

describe('the side that clients are on', () => {
  it('is not to be restored into', async () => {
    await test.lane.noteClientsAt('target');
    await expect(test.lane.markTargetUsed('drill')).rejects.toMatchObject({ type: 'TargetServesClients' });
    await test.lane.noteClientsAt('source');
    await test.lane.markTargetUsed('drill');
    expect((await test.record()).targetUsedBy).toBe('drill');
  });
});
