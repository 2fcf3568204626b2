/** Opens lanes by name; the name tells the kind. */
import { readdir } from 'node:fs/promises';
import type { Lane } from '../../activities/ports/lane.js';
import { kindModuleOf } from './kinds.js';
import type { LanePorts } from './kind.js';

export type LanesPorts = Omit<LanePorts, 'takenPorts' | 'assertHeld'>;

export interface KnownLanes {
  /**
   * @param assertHeld asked under the lane's lock before each change, which its failure prevents. Default: the caller holds the lane
   *   by other means.
   * @throws KnownFailure `UnknownLaneKind`.
   */
  open(name: string, assertHeld?: () => Promise<void>): Lane;
  /** Names of the lanes that are on this machine, up or not. */
  list(): Promise<readonly string[]>;
}

export const createLanes = (ports: LanesPorts): KnownLanes => {
  const { stateFolder } = ports;
  const list = async (): Promise<readonly string[]> => {
    const entries = await readdir(stateFolder.lanes, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.includes('.')).map(({ name }) => name);
  };
  const portsOf = async (lane: string): Promise<readonly number[]> => kindModuleOf(lane).takenPorts(stateFolder, lane);
  const takenPorts = async (): Promise<ReadonlySet<number>> => {
    const taken = await Promise.all((await list()).map((name) => portsOf(name).catch(() => [])));
    return new Set(taken.flat());
  };
  return { list, open: (name, assertHeld) => kindModuleOf(name).open(name, { ...ports, takenPorts, assertHeld }) };
};
