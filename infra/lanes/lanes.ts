/** Opens lanes by name; the name tells the kind. */
import { readdir } from 'node:fs/promises';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Lane } from '../../domain/pair/lane.js';
import { kindOfLane, laneKinds } from '../../domain/plan/plan.js';
import type { Environment, ToolBox } from '../../systems/tools/index.js';
import { composeLanePublishedPorts, createComposeLane } from './compose/compose-lane.js';
import { allowancesIn } from './k3d/allowances/allowances.js';
import { createK3dLane, k3dLanePorts } from './k3d/k3d-lane.js';
import { createLocalLane, recordedPorts } from './local/local-lane.js';
import type { MaterialFiles } from '../state/materials.js';
import type { StateFolder } from '../state/state-folder.js';

export interface LanesPorts {
  readonly stateFolder: StateFolder;
  readonly materials: MaterialFiles;
  readonly tools: ToolBox;
  /** The user's: `PATH` and `KUBECONFIG` for programs that lanes run, and what plans may choose. */
  readonly environment: Environment;
}

export interface KnownLanes {
  /**
   * @param assertHeld asked under the lane's lock before each change, which its failure prevents. Default: whoever opens the lane has
   *   it by other means.
   * @throws KnownFailure `UnknownLaneKind`.
   */
  open(name: string, assertHeld?: () => Promise<void>): Lane;
  /** Names of the lanes that are on this machine, up or not. */
  list(): Promise<readonly string[]>;
}

/** @throws KnownFailure `InvalidAllowance`: a variable of the environment that says what plans may choose cannot be read. */
export const createLanes = ({ stateFolder, materials, tools, environment }: LanesPorts): KnownLanes => {
  const allowances = allowancesIn(environment);
  const list = async (): Promise<readonly string[]> => {
    const entries = await readdir(stateFolder.lanes, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.includes('.')).map(({ name }) => name);
  };
  const takenPorts = async (): Promise<ReadonlySet<number>> => {
    const ports = await Promise.all((await list()).map((name) => portsOf(stateFolder, name).catch(() => [])));
    return new Set(ports.flat());
  };
  return {
    list,
    open(name, assertHeld) {
      const kind = kindOfLane(name);
      const ports = { stateFolder, materials, tools, environment, allowances, takenPorts, assertHeld };
      if (kind === 'local') return createLocalLane(name, ports);
      if (kind === 'k3d') return createK3dLane(name, ports);
      if (kind === 'compose') return createComposeLane(name, ports);
      throw new KnownFailure(
        'UnknownLaneKind',
        `Lane ${JSON.stringify(name)} is of no kind this version has: names start with ${laneKinds.join(', ')}`,
      );
    },
  };
};

const portsOf = (stateFolder: StateFolder, lane: string): Promise<number[]> =>
  readPorts[kindOfLane(lane) ?? 'local'](stateFolder, lane);

const readPorts = { local: recordedPorts, k3d: k3dLanePorts, compose: composeLanePublishedPorts } as const;
