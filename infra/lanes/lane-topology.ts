/** A lane of this machine as it is, for whoever only wants to know where its parts are. Nothing is started or changed. */
import { KnownFailure } from '../../domain/known-failure.js';
import { kindOfLane } from '../../domain/plan/plan.js';
import type { Topology } from '../../domain/pair/topology.js';
import { composeLaneTopology } from './compose/compose-lane.js';
import { lastTopology } from './k3d/k3d-lane.js';
import { lanePaths } from './local/lane-paths.js';
import { openLaneRecord } from './local/lane-record.js';
import { describeTopology } from './local/topology.js';
import type { StateFolder } from '../state/state-folder.js';

/** @throws KnownFailure `LaneMissing`: there is none of this name, or it was not built to its end. */
export const readLaneTopology = async (stateFolder: StateFolder, lane: string): Promise<Topology> => {
  const topology = await read[kindOfLane(lane) ?? 'local'](stateFolder, lane);
  if (topology !== undefined) return topology;
  throw new KnownFailure(
    'LaneMissing',
    `There is no lane ${lane} on this machine that was built to its end: bring it up with "openbao-dr up ${lane}"`,
  );
};

const localTopology = async (stateFolder: StateFolder, lane: string): Promise<Topology | undefined> => {
  const paths = lanePaths(stateFolder, lane);
  const record = await openLaneRecord(paths.folder).read();
  return record?.ready.includes('target') === true ? describeTopology(record, paths) : undefined;
};

const read = { local: localTopology, k3d: lastTopology, compose: composeLaneTopology } as const;
