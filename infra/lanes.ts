/** Opens lanes by name; the name tells the kind. */
import { readdir } from 'node:fs/promises';
import { KnownFailure } from '../domain/known-failure.js';
import type { Lane, Materials } from '../domain/lane.js';
import { kindOfLane, laneKinds } from '../domain/plan.js';
import type { ToolBox } from '../systems/tools/index.js';
import { createLocalLane, recordedPorts } from './local/local-lane.js';
import type { StateFolder } from './state-folder.js';

export interface LanesPorts {
  readonly stateFolder: StateFolder;
  readonly materials: Materials;
  readonly tools: ToolBox;
}

export interface KnownLanes {
  /** @throws KnownFailure `UnknownLaneKind`. */
  open(name: string): Lane;
  /** Names of the lanes that are on this machine, up or not. */
  list(): Promise<readonly string[]>;
}

export const createLanes = ({ stateFolder, materials, tools }: LanesPorts): KnownLanes => {
  const list = async (): Promise<readonly string[]> => {
    const entries = await readdir(stateFolder.lanes, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.includes('.')).map(({ name }) => name);
  };
  const takenPorts = async (): Promise<ReadonlySet<number>> => {
    const ports = await Promise.all((await list()).map((name) => recordedPorts(stateFolder, name).catch(() => [])));
    return new Set(ports.flat());
  };
  return {
    list,
    open(name) {
      const kind = kindOfLane(name);
      if (kind !== undefined) return createLocalLane(name, { stateFolder, materials, tools, takenPorts });
      throw new KnownFailure(
        'UnknownLaneKind',
        `Lane ${JSON.stringify(name)} is of no kind this version has: names start with ${laneKinds.join(', ')}`,
      );
    },
  };
};
