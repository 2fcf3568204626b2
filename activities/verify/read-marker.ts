import { markerApiPath } from '../../domain/pair/marker.js';
import type { Credential } from '../../domain/pair/credentials.js';
import type { TlsEndpoint } from '../../domain/pair/topology.js';
import type { Sites } from '../ports/sites.js';

/** Reads the control marker as a client would: logs in and reads one KV entry. Undefined if there is no marker. */
export const readMarker = (
  sites: Sites,
  endpoint: TlsEndpoint,
  login: Credential,
): Promise<Readonly<Record<string, unknown>> | undefined> =>
  sites.withLogin(endpoint, login, async (session) => {
    const entry = await session.read(markerApiPath);
    const data = entry?.['data'];
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : undefined;
  });
