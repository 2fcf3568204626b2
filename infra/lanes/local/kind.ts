import { localLaneTools } from '../../../systems/tools/index.js';
import type { LaneKindModule } from '../kind.js';
import { lanePaths } from './lane-paths.js';
import { openLaneRecord } from './lane-record.js';
import { createLocalLane, recordedPorts } from './local-lane.js';
import { describeTopology } from './topology.js';

/** Processes on this machine. */
export const localKind: LaneKindModule = {
  open: createLocalLane,
  takenPorts: recordedPorts,
  tools: () => localLaneTools,
  async readTopology(stateFolder, lane) {
    const paths = lanePaths(stateFolder, lane);
    const record = await openLaneRecord(paths.folder).read();
    return record?.ready.includes('target') === true ? describeTopology(record, paths) : undefined;
  },
};
