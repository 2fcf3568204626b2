/** Where a k3d lane keeps what on this machine: its record, its secrets, its programs' homes. Everything else is in its clusters. */
import { join } from 'node:path';
import type { LanePart } from '../../../domain/plan/provisioning.js';
import { materialsFolder } from '../../state/materials.js';
import type { StateFolder } from '../../state/state-folder.js';

export interface K3dLanePaths {
  readonly folder: string;
  /** Held while a side is changed, or the whole lane built or removed. All locks are beside the folder: it is removed under them. */
  readonly lock: string;
  /** Held for one change of the record. */
  readonly recordLock: string;
  /** Held while one part is made: parts of a stage are made side by side, by several workers maybe. */
  readonly partLock: (part: LanePart) => string;
  readonly materials: string;
  /** What drills were told last. */
  readonly topology: string;
  /** Not the lane's: what is put there stays. */
  readonly evidenceKeys: string;
  /** Home of the programs that build the lane. */
  readonly programs: string;
  readonly storage: { readonly home: string; readonly log: string; readonly environment: string };
}

export const k3dLanePaths = (stateFolder: StateFolder, lane: string): K3dLanePaths => {
  const folder = join(stateFolder.lanes, lane);
  const beside = (what: string): string => join(stateFolder.lanes, `${lane}.${what}.lock`);
  const home = join(folder, 'storage');
  return {
    folder,
    lock: beside('building'),
    recordLock: beside('record'),
    partLock: (part) => beside(`part-${part}`),
    materials: materialsFolder(stateFolder, lane),
    topology: join(folder, 'topology.json'),
    evidenceKeys: stateFolder.evidenceKeys,
    programs: join(folder, 'programs'),
    storage: { home, log: join(home, 'server.log'), environment: join(home, 'server.env') },
  };
};
