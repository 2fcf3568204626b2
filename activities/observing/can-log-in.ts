import { isKnownFailure } from '../../domain/known-failure.js';
import type { Credential } from '../../domain/pair/credentials.js';
import type { TlsEndpoint } from '../../domain/pair/topology.js';
import type { Sites } from '../ports/sites.js';

/** Whether a site accepts a login. Only a clear refusal counts as a refusal: a site that does not answer is a failure. */
export const canLogIn = async (sites: Sites, endpoint: TlsEndpoint, login: Credential): Promise<boolean> => {
  try {
    await sites.withLogin(endpoint, login, async () => undefined);
    return true;
  } catch (error) {
    if (isKnownFailure(error, 'LoginRefused')) return false;
    throw error;
  }
};
