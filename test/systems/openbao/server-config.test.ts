import { describe, expect, it } from 'vitest';
import { type OpenBaoServerConfig, renderServerConfig } from '../../../systems/openbao/server-config.js';
import { readSealStanza } from '../../../systems/openbao/seal/seal-stanza.js';

const config: OpenBaoServerConfig = {
  clusterName: 'openbaocluster-dr-source',
  nodeId: 'source-0',
  host: '127.0.0.1',
  apiPort: 8200,
  clusterPort: 8201,
  dataFolder: '/lane/source/data',
  certificateFile: '/lane/source/tls.crt',
  keyFile: '/lane/source/tls.key',
  seal: {
    type: 'transit',
    address: 'https://127.0.0.1:10443',
    serverName: 'bao-dr-infra.example.com',
    caFile: '/lane/ca.pem',
    mountPath: 'transit/',
    keyName: 'openbao-dr-shared-unseal',
  },
};

describe('a server configuration', () => {
  it('names the Transit seal, which can be read back from it', () => {
    expect(readSealStanza(renderServerConfig(config))).toEqual(config.seal);
  });

  it('gives a restore more time to arrive than the 30 s of the default', () => {
    expect(renderServerConfig(config)).toContain('"http_read_timeout": "2h"');
  });

  it('has a listener and cluster address on the given host only, and no user interface', () => {
    const rendered = JSON.parse(renderServerConfig(config)) as Record<string, unknown>;
    expect(rendered).toMatchObject({
      ui: false,
      api_addr: 'https://127.0.0.1:8200',
      cluster_addr: 'https://127.0.0.1:8201',
      listener: [{ tcp: { address: '127.0.0.1:8200', cluster_address: '127.0.0.1:8201' } }],
      storage: { raft: { node_id: 'source-0', performance_multiplier: '1' } },
    });
    expect(rendered).not.toHaveProperty('audit');
  });
});
