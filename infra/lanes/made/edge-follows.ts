/** Whether an edge of a lane has read the routes that it is to have. */
import { baseline } from '../../../domain/pair/topology.js';
import { askForName, UNKNOWN_NAME } from '../../../systems/edge/ask-for-name.js';
import type { EdgeName } from './names.js';
import { isShut, type SidesOfLane } from './record/lane-sides.js';

const { hosts } = baseline;

/**
 * An edge that ran already takes a moment to read its new routes, and one that starts answers to every name with a certificate of its
 * own until it has read any. An edge that refuses a name which no site has is Traefik with its routes, and nothing else that may be at
 * its address.
 */
export const edgeFollows = async (
  sides: Pick<SidesOfLane, 'fenced' | 'lost'>,
  name: EdgeName,
  address: string,
): Promise<boolean> => {
  const [own, unknown] = await Promise.all([
    isRefusedAsUnknown(address, hosts[name]),
    isRefusedAsUnknown(address, `nobody.${hosts.clients}`),
  ]);
  // What the clients' own edge answers to their name is up to the side behind it.
  if (name === 'clients') return unknown;
  return unknown && own === (name !== 'infra' && isShut(sides, name));
};

const isRefusedAsUnknown = async (address: string, serverName: string): Promise<boolean> => {
  const answer = await askForName({ address, serverName });
  return answer.outcome === 'refused' && answer.code === UNKNOWN_NAME;
};
