/** An agent for one connection: what is asked over it and what is sent over it reach the same server. */
import http, { type ClientRequestArgs } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { type OpenBaoEndpoint, socketPathOf } from './endpoint.js';

/** Node's agent would quietly open another connection in place of one that ended: this one fails with `ENOTCONN`. */
export const oneConnection = (endpoint: Pick<OpenBaoEndpoint, 'address'>): http.Agent => {
  const options = { keepAlive: true, maxSockets: 1 };
  const agent: http.Agent = socketPathOf(endpoint) === undefined ? new https.Agent(options) : new http.Agent(options);
  const connect = agent.createConnection.bind(agent);
  let opened = false;
  agent.createConnection = (options: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void) => {
    if (!opened) {
      opened = true;
      return connect(options, callback);
    }
    callback?.(Object.assign(new Error('the connection has ended'), { code: 'ENOTCONN' }), undefined as never);
    return undefined;
  };
  return agent;
};
