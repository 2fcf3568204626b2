/** Facets of a lane for steps that need them: a missing facet is a failure in one sentence. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { Disposal, Parts, Servers } from '../ports/lane-facets.js';
import type { Lane } from '../ports/lane.js';

/** @throws KnownFailure `LaneWithoutServers`: the lane's kind leaves its servers to their administrator. */
export const serversOf = ({ name, servers }: Pick<Lane, 'name' | 'servers'>): Servers => {
  if (servers !== undefined) return servers;
  throw new KnownFailure(
    'LaneWithoutServers',
    `This program may neither end nor start the servers of lane ${name}: plan its drills with "disaster: none", and start a server ` +
      'that stays sealed yourself.',
  );
};

/** @throws KnownFailure `UnknownLanePart`: the lane is made in one step. */
export const partsOf = ({ name, parts }: Pick<Lane, 'name' | 'parts'>): Parts => {
  if (parts !== undefined) return parts;
  throw new KnownFailure(
    'UnknownLanePart',
    `Lane ${name} is made in one step, and has no parts: run the version of the program that asked for one.`,
  );
};

/** @throws KnownFailure `LaneNotRemovable`: this program has not made the lane. */
export const disposalOf = ({ name, disposal }: Pick<Lane, 'name' | 'disposal'>): Disposal => {
  if (disposal !== undefined) return disposal;
  throw new KnownFailure(
    'LaneNotRemovable',
    `This program has not made lane ${name}, and removes nothing of it: remove it with what made it.`,
  );
};
