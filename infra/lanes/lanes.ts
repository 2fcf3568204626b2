/** Opens lanes by name; the name tells the kind. */
import { readdir } from 'node:fs/promises';
import type { Lane, Lanes } from '../../activities/ports/lane.js';
import type { LaneReservations } from '../../activities/ports/reservations.js';
import { kindModuleOf, type LaneKinds } from './kinds.js';
import type { LanePorts } from './kind.js';

export interface LanesPorts extends Omit<LanePorts, 'takenPorts' | 'assertHeld'> {
  /** Default: the table of this version. */
  readonly kinds?: LaneKinds;
}

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

export const createLanes = ({ kinds, ...ports }: LanesPorts): KnownLanes => {
  const { stateFolder } = ports;
  const list = async (): Promise<readonly string[]> => {
    const entries = await readdir(stateFolder.lanes, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.includes('.')).map(({ name }) => name);
  };
  const portsOf = async (lane: string): Promise<readonly number[]> =>
    kindModuleOf(lane, kinds).takenPorts(stateFolder, lane);
  const takenPorts = async (): Promise<ReadonlySet<number>> => {
    const taken = await Promise.all((await list()).map((name) => portsOf(name).catch(() => [])));
    return new Set(taken.flat());
  };
  return {
    list,
    open: (name, assertHeld) => kindModuleOf(name, kinds).open(name, { ...ports, takenPorts, assertHeld }),
  };
};

/** The lanes as steps of a run get at them. */
export const createHeldLanes = (
  { open }: Pick<KnownLanes, 'open'>,
  reservations: Pick<LaneReservations, 'assertHeld'>,
): Lanes => ({
  async held(lane, { drillId, runId }) {
    const assertHeld = (): Promise<void> => reservations.assertHeld(lane, drillId, runId);
    await assertHeld();
    return open(lane, assertHeld);
  },
  look: open,
});
