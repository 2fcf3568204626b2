import { describe, expect, it } from 'vitest';
import { hostPorts, hostPortsIn } from '../../../../../infra/lanes/k3d/machine/host-ports.js';

describe("ports that a lane's clusters publish", () => {
  it('are read from the configurations that k3d gets', async () => {
    const ports = await hostPorts();
    expect(ports.map(({ cluster, host, port, use }) => [cluster, `${host}:${port}`, use])).toEqual([
      ['openbao-dr-infra', '127.0.0.1:6550', 'API server of infra'],
      ['openbao-dr-infra', '0.0.0.0:443', 'edge of infra'],
      ['openbao-dr-infra', '127.0.0.1:8443', "clients' edge"],
      ['openbao-dr-source', '127.0.0.1:6551', 'API server of source'],
      ['openbao-dr-source', '127.0.0.1:10443', 'edge of source'],
      ['openbao-dr-target', '127.0.0.1:6552', 'API server of target'],
      ['openbao-dr-target', '127.0.0.1:11443', 'edge of target'],
    ]);
  });

  it('are never two of one number', async () => {
    const numbers = (await hostPorts()).map(({ port }) => port);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('are taken as k3d takes them, with a protocol or without', () => {
    const text = 'kubeAPI: { hostIP: 127.0.0.1, hostPort: "1" }\nports: [{ port: "0.0.0.0:9443:443/tcp" }]\n';
    expect(hostPortsIn('source', text)[1]).toMatchObject({ host: '0.0.0.0', port: 9443, use: 'edge of source' });
  });
});
