import { expect, it } from 'vitest';
import { createSeeClients } from '../../../activities/cutover/await-clients.js';
import type { ActivityPorts } from '../../../activities/ports/activity-ports.js';
import type { TlsEndpoint } from '../../../domain/pair/topology.js';
import { exampleTopology } from '../../support/drills/example-topology.js';

const topology = exampleTopology();

/** What answers behind each name: the certificate it shows. */
const sitesThatShow = (certificateAt: (endpoint: TlsEndpoint) => string): Pick<ActivityPorts, 'sites'> =>
  ({
    sites: {
      at: async (endpoint: TlsEndpoint) => ({
        health: async () => ({ status: 200, certificateSha256: certificateAt(endpoint) }),
      }),
    },
  }) as unknown as Pick<ActivityPorts, 'sites'>;

const { signal } = new AbortController();

it('returns once the certificate of the site is the one behind the name', async () => {
  let asked = 0;
  const ports = sitesThatShow((endpoint) => (endpoint === topology.clients && (asked += 1) < 3 ? 'old' : 'new'));
  await createSeeClients(ports)({ topology, to: 'target', timeoutSeconds: 10 }, signal);
  expect(asked).toBe(3);
});

it('says whose name to look at when it does not follow', async () => {
  const ports = sitesThatShow((endpoint) => (endpoint === topology.clients ? 'old' : 'new'));
  await expect(createSeeClients(ports)({ topology, to: 'target', timeoutSeconds: 0.05 }, signal)).rejects.toMatchObject(
    {
      type: 'ClientsNotMoved',
      message: `Waited 50 ms for clients to reach the target, in vain: see where ${topology.clients.serverName} leads, and that the move has taken effect.`,
    },
  );
});
