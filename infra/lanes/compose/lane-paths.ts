/** Where a compose lane keeps what: its record and secrets in the state folder, and a folder a service, which is its volume. */
import { join } from 'node:path';
import { materialsFolder } from '../../state/materials.js';
import type { StateFolder } from '../../state/state-folder.js';
import type { EdgeName, ServerName } from '../made/names.js';
import type { LaneService } from './names.js';

export interface ComposeLanePaths {
  readonly folder: string;
  /** Beside the folder, not in it: it is held while the folder is removed. */
  readonly lock: string;
  readonly materials: string;
  /** Not the lane's: what is put there stays. */
  readonly evidenceKeys: string;
  /** What drills were told last. */
  readonly topology: string;
  /** Compose's second file, which puts the volumes into this lane's folder. */
  readonly override: string;
  readonly service: (name: LaneService) => string;
  readonly server: (name: ServerName) => ServerPaths;
  readonly routes: (name: EdgeName) => string;
  readonly storage: { readonly data: string; readonly accessKey: string; readonly secretKey: string };
}

export interface ServerPaths {
  readonly data: string;
  readonly temporary: string;
  readonly config: string;
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
  readonly unsealKey: string;
  readonly sealToken: string;
}

/** @param services folder of the services' volumes; default: in the lane's own folder. */
export const composeLanePaths = (stateFolder: StateFolder, lane: string, services?: string): ComposeLanePaths => {
  const folder = join(stateFolder.lanes, lane);
  const service = (name: LaneService): string => join(services ?? join(folder, 'services'), name);
  return {
    folder,
    lock: join(stateFolder.lanes, `${lane}.building.lock`),
    materials: materialsFolder(stateFolder, lane),
    evidenceKeys: stateFolder.evidenceKeys,
    topology: join(folder, 'topology.json'),
    override: join(folder, 'compose.override.json'),
    service,
    server: (name) => serverPaths(service(name)),
    routes: (name) => join(service(`edge-${name}`), 'routes'),
    storage: {
      data: join(service('storage'), 'data'),
      accessKey: join(service('storage'), 'access-key'),
      secretKey: join(service('storage'), 'secret-key'),
    },
  };
};

/** Files of one server, in the folder that is its volume here, or in its container. */
export const serverPaths = (home: string): ServerPaths => ({
  data: join(home, 'data'),
  temporary: join(home, 'tmp'),
  config: join(home, 'config.json'),
  certificate: join(home, 'tls.crt'),
  key: join(home, 'tls.key'),
  ca: join(home, 'ca.crt'),
  unsealKey: join(home, 'unseal.key'),
  sealToken: join(home, 'seal-token'),
});
