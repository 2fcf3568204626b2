/** A lane's topology as it was described last, for lanes that have to ask their systems to describe it anew. */
import type { Topology } from '../../../../domain/pair/topology.js';
import { readJsonFile } from '../../../../systems/files/json-file.js';

/** Undefined for a lane that was not built to its end. Asks nothing of its systems. */
export const readTopologyFile = ({ topology }: { readonly topology: string }): Promise<Topology | undefined> =>
  readJsonFile(topology, (value) => value as Topology);
