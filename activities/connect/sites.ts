import type { LogIn } from '../ports/log-in.js';
import type { References } from '../ports/references.js';
import type { Credential } from '../../domain/pair/credentials.js';
import type { TlsEndpoint } from '../../domain/pair/topology.js';
import type { OpenBao, OpenBaoOptions } from '../../systems/openbao/api/client.js';
import type { OpenBaoEndpoint } from '../../systems/openbao/api/endpoint.js';
import { countingBytes } from '../patience/step-run.js';
import type { Sites } from '../ports/sites.js';

export interface SitesPorts {
  readonly references: References;
  readonly connect: (endpoint: OpenBaoEndpoint, options: Pick<OpenBaoOptions, 'onBytes'>) => OpenBao;
  readonly logIn: LogIn;
}

/** Resolves references at the last moment and connects. The running step counts every received byte of a snapshot. */
export const createSites = ({ references, connect, logIn }: SitesPorts): Sites => {
  const endpointOf = async ({ address, serverName, ca }: TlsEndpoint): Promise<OpenBaoEndpoint> => ({
    address,
    serverName,
    caPem: await references.read(ca),
  });
  const connectCounting = (endpoint: OpenBaoEndpoint): OpenBao => connect(endpoint, countingBytes());

  const sites: Sites = {
    at: async (endpoint) => connectCounting(await endpointOf(endpoint)),
    logIn: async (endpoint, credential) =>
      logIn(await endpointOf(endpoint), credential, { references, connect: connectCounting }),
    async withLogin(endpoint, credential: Credential, step) {
      const session = await sites.logIn(endpoint, credential);
      try {
        return await step(session);
      } finally {
        // The token expires within minutes anyway, so a failure to revoke it must not hide the step's own outcome.
        if (credential.method !== 'token') await session.revokeSelf().catch(() => undefined);
      }
    },
  };
  return sites;
};
