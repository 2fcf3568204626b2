/** The local lane: three OpenBao servers, four edges and an S3 server as processes on this machine, loopback only. */
import type { Materials } from '../../../activities/ports/materials.js';
import { readLogTail } from '../../../systems/processes/log-tail.js';
import type { ToolBox } from '../../../systems/tools/index.js';
import type { StateFolder } from '../../state/state-folder.js';
import { createSupervisor } from '../made/processes/supervisor.js';
import { createLaneLocks } from '../made/shell/locks.js';
import { createMadeLane, type MadeLane } from '../made/shell/made-lane.js';
import { lanePaths } from './lane-paths.js';
import { portsOf } from './lane-ports.js';
import { openLaneRecord } from './lane-record.js';
import { createLocalHost } from './local-host.js';

export interface LocalLanePorts {
  readonly stateFolder: StateFolder;
  readonly materials: Materials;
  readonly tools: ToolBox;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
  /** Asked under the lane's lock before each change. Default: the lane is held by other means. */
  readonly assertHeld?: (() => Promise<void>) | undefined;
}

/** Building or removing a lane takes seconds; installing its programs first may take minutes. */
const lockTimeoutMs = 10 * 60_000;
const quotedLogLines = 500;

export const createLocalLane = (
  name: string,
  { stateFolder, assertHeld, materials, tools, takenPorts }: LocalLanePorts,
): MadeLane => {
  const paths = lanePaths(stateFolder, name);
  const recordFile = openLaneRecord(paths.folder);
  const supervisor = createSupervisor(recordFile, paths.folder);
  return {
    ...createMadeLane({
      name,
      kind: 'local',
      paths,
      recordFile,
      locks: createLaneLocks({ timeoutMs: lockTimeoutMs, assertHeld }),
      host: createLocalHost({ name, paths, recordFile, supervisor, materials, tools, takenPorts }),
    }),
    insight: { readLog: (side) => readLogTail(paths.server(side).log, quotedLogLines) },
  };
};

/** Ports that lanes of this state folder have, so that a new lane does not choose those of one that is down. */
export const recordedPorts = async (stateFolder: StateFolder, lane: string): Promise<number[]> => {
  const record = await openLaneRecord(lanePaths(stateFolder, lane).folder).read();
  return record === undefined ? [] : portsOf(record);
};
