/** A lane of this machine as it is, to find out where its parts are. Nothing is started or changed. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { StateFolder } from '../state/state-folder.js';
import { kindModuleOf } from './kinds.js';

/** @throws KnownFailure `LaneMissing`: there is none of this name, or it was not built to its end; or `UnknownLaneKind`. */
export const readLaneTopology = async (stateFolder: StateFolder, lane: string): Promise<Topology> => {
  const topology = await kindModuleOf(lane).readTopology(stateFolder, lane);
  if (topology !== undefined) return topology;
  throw new KnownFailure(
    'LaneMissing',
    `There is no lane ${lane} on this machine that was built to its end: bring it up with "openbao-dr up ${lane}"`,
  );
};
