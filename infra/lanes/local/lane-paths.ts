/** Where a local lane keeps what. */
import { join } from 'node:path';
import { materialsFolder } from '../../state/materials.js';
import type { StateFolder } from '../../state/state-folder.js';
import type { EdgeName, ServerName } from '../made/names.js';

export const lanePaths = (stateFolder: StateFolder, lane: string) => {
  const folder = join(stateFolder.lanes, lane);
  const server = (name: ServerName) => {
    const home = join(folder, `bao-${name}`);
    return {
      home,
      data: join(home, 'data'),
      config: join(home, 'config.json'),
      certificate: join(home, 'tls.crt'),
      key: join(home, 'tls.key'),
      unsealKey: join(home, 'unseal.key'),
      log: join(home, 'server.log'),
    };
  };
  const edge = (name: EdgeName) => {
    const home = join(folder, `edge-${name}`);
    return { home, config: join(home, 'traefik.yml'), routes: join(home, 'routes'), log: join(home, 'edge.log') };
  };
  const storageHome = join(folder, 'storage');
  return {
    folder,
    /** Beside the folder, not in it: it is held while the folder is removed. */
    lock: join(stateFolder.lanes, `${lane}.building.lock`),
    materials: materialsFolder(stateFolder, lane),
    ca: join(materialsFolder(stateFolder, lane), 'ca'),
    /** Not the lane's: what is put there stays. */
    evidenceKeys: stateFolder.evidenceKeys,
    server,
    edge,
    storage: { home: storageHome, log: join(storageHome, 'server.log') },
  };
};

export type LanePaths = ReturnType<typeof lanePaths>;
