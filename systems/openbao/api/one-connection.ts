/** An agent for one connection: what is asked over it and what is sent over it reach the same server. */
import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';

/** Node's agent would quietly open another connection in place of one that ended: this one fails with `ENOTCONN`. */
export const oneConnection = (): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const connect = agent.createConnection.bind(agent);
  let opened = false;
  agent.createConnection = (options: AgentOptions, callback?: (error: Error | null, stream: Duplex) => void) => {
    if (!opened) {
      opened = true;
      return connect(options, callback);
    }
    callback?.(Object.assign(new Error('the connection has ended'), { code: 'ENOTCONN' }), undefined as never);
    return undefined;
  };
  return agent;
};
