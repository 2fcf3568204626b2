/** Fills a store: over connections that stay open, for the handshakes of ten thousand writes take longer than the writes. */
import https from 'node:https';
import { json } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import type { OpenBaoSession } from '../../../../systems/openbao/api/client.js';
import type { TestOpenBaoServer } from '../../../support/servers/openbao-server.js';

export interface BulkWriter extends Disposable {
  /** With the root token. */
  readonly write: OpenBaoSession['write'];
}

export const createBulkWriter = ({ endpoint, rootToken }: TestOpenBaoServer): BulkWriter => {
  const agent = new https.Agent({ keepAlive: true, ca: endpoint.caPem, servername: endpoint.serverName });
  return {
    write: async (path, data) => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const url = `${endpoint.address}/v1/${path}`;
        const request = https.request(url, { agent, method: 'POST', headers: { 'x-vault-token': rootToken } }, resolve);
        request.once('error', reject).end(JSON.stringify(data));
      });
      if (response.statusCode === 204) {
        response.resume();
        return undefined;
      }
      const body = await json(response);
      if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${JSON.stringify(body)}`);
      return (body as { data?: Record<string, unknown> }).data;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
};
