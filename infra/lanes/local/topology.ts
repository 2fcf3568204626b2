import { readFile } from 'node:fs/promises';
import { baseline, type PairSide, type Topology, type TransitSeal } from '../../../domain/pair/topology.js';
import { readSealStanza } from '../../../systems/openbao/seal/seal-stanza.js';
import type { AskedPair } from '../made/clients-name.js';
import { edgeAt, sealOf, topologyOf } from '../made/pair-topology.js';
import type { LanePaths } from './lane-paths.js';
import type { LaneRecord } from './lane-record.js';

/** A local lane as drills see it. */
export const describeTopology = async (record: LaneRecord, paths: LanePaths): Promise<Topology> => {
  const { lane, ports, storage } = record;
  const edge = (name: keyof typeof baseline.hosts) => edgeAt(lane, name, `https://127.0.0.1:${ports.edges[name]}`);
  const [source, target] = await Promise.all([readSeal(lane, paths, 'source'), readSeal(lane, paths, 'target')]);
  return topologyOf({
    lane,
    edges: { infra: edge('infra'), source: edge('source'), target: edge('target'), clients: edge('clients') },
    seals: { source, target },
    storage: { kind: storage, endpoint: `http://127.0.0.1:${ports.storage}` },
  });
};

/** Where to look for the pair and its clients, also of a lane that was not built to its end. */
export const edgesOfPair = ({ ports: { edges } }: LaneRecord): AskedPair => {
  const at = (name: keyof AskedPair) => ({
    address: `https://127.0.0.1:${edges[name]}`,
    serverName: baseline.hosts[name],
  });
  return { clients: at('clients'), source: at('source'), target: at('target') };
};

/** Read back from the configuration the server was started with, not from what this program meant to write. */
const readSeal = async (lane: string, paths: LanePaths, side: PairSide): Promise<TransitSeal> => {
  const { caFile, ...stanza } = readSealStanza(await readFile(paths.server(side).config, 'utf8'));
  return sealOf(lane, side, { ...stanza, ca: await readFile(caFile) });
};
