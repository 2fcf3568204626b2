/**
 * Makes one part of a lane whose containers another program starts: `prepare-lane-part <lane> <part>`. docker-compose.yml runs
 * it between the starts of the lane's services. Safe to repeat.
 */
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { partsOf } from '../../activities/lane/abilities.js';
import { createLanes } from '../../infra/lanes/lanes.js';
import { createMaterials } from '../../infra/state/materials.js';
import { openStateFolder } from '../../infra/state/state-folder.js';
import { parsePlan } from '../../domain/plan/plan-schema.js';
import { readPrivateFile, writePrivateFile } from '../../systems/files/private-file.js';
import { createToolBox, defaultCacheFolder } from '../../systems/tools/index.js';

const [, , lane = '', part = ''] = process.argv;
const tell = (message: string): void => console.error(message);

/** The database of Temporal is no part of a lane: all it needs is a password. */
const prepareDatabase = async (): Promise<void> => {
  const file = '/lanes/postgres/password';
  if ((await readPrivateFile(file)) === undefined) await writePrivateFile(file, randomBytes(24).toString('hex'));
};

const preparePart = async (): Promise<void> => {
  const environment = process.env;
  const stateFolder = await openStateFolder(environment['OPENBAO_DR_STATE'] ?? '/state');
  const materials = createMaterials(stateFolder);
  const tools = createToolBox({ environment, cacheFolder: defaultCacheFolder(environment, homedir()) });
  const request = { owner: 'compose', options: parsePlan({ lane }), freshTarget: false };
  await partsOf(createLanes({ stateFolder, materials, tools, environment }).open(lane)).make(part, request, tell);
};

try {
  await (part === 'database' ? prepareDatabase() : preparePart());
} catch (error) {
  tell(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
