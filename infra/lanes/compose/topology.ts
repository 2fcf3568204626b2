import { readFile } from 'node:fs/promises';
import type { PairSide, Topology, TransitSeal } from '../../../domain/pair/topology.js';
import { readSealStanza } from '../../../systems/openbao/seal/seal-stanza.js';
import { edgeAt, sealOf, topologyOf } from '../made/pair-topology.js';
import type { LaneReach } from './lane-context.js';
import type { ComposeLanePaths } from './lane-paths.js';
import type { EdgeName } from '../made/names.js';
import { edgeAmongContainers } from './names.js';

export interface DescribedLane {
  readonly lane: string;
  readonly paths: ComposeLanePaths;
  readonly reach: LaneReach;
}

/** A compose lane as drills see it. */
export const describeTopology = async (described: DescribedLane): Promise<Topology> => {
  const { lane, reach } = described;
  const edge = (name: EdgeName) => edgeAt(lane, name, reach.edge(name));
  const [source, target] = await Promise.all([readSeal(described, 'source'), readSeal(described, 'target')]);
  return {
    ...topologyOf({
      lane,
      edges: { infra: edge('infra'), source: edge('source'), target: edge('target'), clients: edge('clients') },
      seals: { source, target },
      storage: { kind: 'container', endpoint: reach.storage },
    }),
    capabilities: ['isolation', 'logs'],
  };
};

/** Read back from the configuration the server was started with, not from what this program meant to write. */
const readSeal = async ({ lane, paths, reach }: DescribedLane, side: PairSide): Promise<TransitSeal> => {
  const { config, ca } = paths.server(side);
  const stanza = readSealStanza(await readFile(config, 'utf8'));
  // The server reaches infra's edge by a name that only its network has: from here it is the same edge at another address.
  const address = stanza.address === edgeAmongContainers('infra') ? reach.edge('infra') : stanza.address;
  return sealOf(lane, side, { ...stanza, ca: await readFile(ca) }, address);
};
