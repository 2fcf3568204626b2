/** A k3d lane on clusters in memory, whose source has a real edge: it listens as long as its Deployment has a pod. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { createCertificateAuthority } from '../../../../systems/tls/certificate-authority.js';
import { createTestK3dLane, type TestK3dLane } from './test-lane.js';

const deployment = { kind: 'deployments.apps', name: 'traefik', namespace: 'openbao-dr-edge' };
export const openBaoCluster = {
  kind: 'openbaoclusters.openbao.org',
  name: 'openbaocluster-dr-source',
  namespace: 'openbaocluster-dr-source',
};

export interface PlayedEdge extends AsyncDisposable {
  readonly test: TestK3dLane;
  readonly port: number;
  isListening(): boolean;
}

export const createPlayedEdge = async (): Promise<PlayedEdge> => {
  const sockets = new Set<TLSSocket>();
  const authority = await createCertificateAuthority({ commonName: 'test', validDays: 1 });
  const { certificatePem: cert, keyPem: key } = await authority.issue({
    commonName: 'edge',
    dnsNames: ['edge'],
    ipAddresses: [],
    validDays: 1,
  });
  const edge = createServer({ cert, key }, (socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  const listen = async (on: number): Promise<void> => {
    edge.listen(on, '127.0.0.1');
    await once(edge, 'listening');
  };
  await listen(0);
  const { port } = edge.address() as AddressInfo;

  const test = await createTestK3dLane();
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
  return {
    test,
    port,
    isListening: () => edge.listening,
    async [Symbol.asyncDispose]() {
      edge.close();
      for (const socket of sockets) socket.destroy();
      await test[Symbol.asyncDispose]();
    },
  };
};
