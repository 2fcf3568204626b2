import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLanes } from '../../infra/lanes/lanes.js';
import type { MadeLane } from '../../infra/lanes/made/shell/made-lane.js';
import { createMaterials } from '../../infra/state/materials.js';
import { openStateFolder } from '../../infra/state/state-folder.js';
import { createToolBox } from '../../systems/tools/index.js';
import { laneContract } from './lane-contract.js';
import { toyFile, toyKind } from './toy/kind.js';

laneContract('toy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-toy-'));
  const stateFolder = await openStateFolder(join(folder, 'state'));
  const tools = createToolBox({ environment: {}, cacheFolder: join(folder, 'cache') });
  const ports = { stateFolder, materials: createMaterials(stateFolder), tools, environment: {} };
  const lanes = createLanes({ ...ports, kinds: { toy: toyKind } });
  const open = (assertHeld?: () => Promise<void>) => lanes.open('toy-blue', assertHeld) as MadeLane;
  const provision = () => open().provision({ owner: 'up', options: {}, freshTarget: true }, () => undefined);
  await provision();
  return {
    ...{ stateFolder, name: 'toy-blue', open, provision },
    answers: (side) =>
      access(toyFile(stateFolder, 'toy-blue', `edge-${side}`)).then(
        () => true,
        () => false,
      ),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
});
