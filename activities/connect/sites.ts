import type { References } from '../ports/references.js';
import type { Login, TlsEndpoint } from '../../domain/pair/topology.js';
import type { OpenBao, OpenBaoOptions } from '../../systems/openbao/api/client.js';
import type { OpenBaoEndpoint } from '../../systems/openbao/api/endpoint.js';
import { countingBytes } from '../patience/step-run.js';
import type { Sites } from '../ports/sites.js';

export interface SitesPorts {
  readonly references: References;
  readonly connect: (endpoint: OpenBaoEndpoint, options: Pick<OpenBaoOptions, 'onBytes'>) => OpenBao;
}

/** Resolves references at the last moment and connects. The step that asks hears of every byte of a snapshot that comes. */
export const createSites = ({ references, connect }: SitesPorts): Sites => {
  const at = async ({ address, serverName, ca }: TlsEndpoint): Promise<OpenBao> =>
    connect({ address, serverName, caPem: await references.read(ca) }, countingBytes());

  const logIn: Sites['logIn'] = async (endpoint: TlsEndpoint, { username, password }: Login) => {
    const openbao = await at(endpoint);
    return openbao.login({ username, password: await references.read(password) });
  };

  return {
    at,
    logIn,
    async withLogin(endpoint, login, step) {
      const session = await logIn(endpoint, login);
      try {
        return await step(session);
      } finally {
        // The token expires by itself within minutes: a failure to revoke it must not hide the step's own outcome.
        await session.revokeSelf().catch(() => undefined);
      }
    },
  };
};
