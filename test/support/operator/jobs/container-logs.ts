/**
 * The one path of a kubelet that the stand-in's node has: an API server that is asked for a container's log asks here, over TLS.
 * It has to be one that does not verify what kubelets show, which is every API server's default.
 */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificateAuthority } from '../../../../systems/tls/certificate-authority.js';

export interface ContainerLogs extends AsyncDisposable {
  readonly port: number;
}

/** @param logOf the lines of a pod's one container; undefined when there is no such pod. */
export const serveContainerLogs = async (
  address: string,
  logOf: (namespace: string, pod: string) => readonly string[] | undefined,
): Promise<ContainerLogs> => {
  const authority = await createCertificateAuthority({ commonName: 'stand-in node', validDays: 1 });
  const { certificatePem, keyPem } = await authority.issue({
    commonName: 'stand-in node',
    dnsNames: [],
    ipAddresses: [address],
    validDays: 1,
  });
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://node');
    const [, what, namespace = '', pod = ''] = pathname.split('/');
    const lines = what === 'containerLogs' && request.method === 'GET' ? logOf(namespace, pod) : undefined;
    if (lines === undefined) return void response.writeHead(404).end();
    const tail = searchParams.get('tailLines');
    const shown = tail === null ? lines : lines.slice(-Number(tail));
    response.writeHead(200, { 'content-type': 'text/plain' }).end(shown.map((line) => `${line}\n`).join(''));
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
