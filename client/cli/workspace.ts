/** Opens what every command on this machine needs: the state folder, the tools, the lanes. */
import { createLanes, type KnownLanes } from '../../infra/lanes/lanes.js';
import { createMaterials } from '../../infra/state/materials.js';
import { openStateFolder, type StateFolder } from '../../infra/state/state-folder.js';
import { assertFreeSpace } from '../../systems/files/free-space.js';
import { createToolBox, defaultCacheFolder, type OnProgress, type ToolBox } from '../../systems/tools/index.js';
import type { Context, GlobalOptions } from './context.js';
import { stateFolderPath } from './locations.js';

export interface Workspace {
  readonly stateFolder: StateFolder;
  readonly tools: ToolBox;
  readonly lanes: KnownLanes;
}

/** The space that Temporal's database and a small lane's stores and logs need, with room to spare. */
const neededBytes = 64 * 1024 * 1024;

/** @throws KnownFailure as `openStateFolder`, or `DiskFull`. */
export const openWorkspace = async (
  context: Context,
  options: GlobalOptions,
  onProgress: OnProgress,
  { builds = false }: { /** Something will be put there: make sure of room first. */ readonly builds?: boolean } = {},
): Promise<Workspace> => {
  const stateFolder = await openStateFolder(stateFolderPath(context, options));
  if (builds) await assertFreeSpace(stateFolder.root, neededBytes);
  const tools = openToolBox(context, onProgress);
  const materials = createMaterials(stateFolder);
  const { environment } = context;
  return { stateFolder, tools, lanes: createLanes({ stateFolder, tools, materials, environment }) };
};

/** For commands that only read: no lane is touched and no tool is installed. */
export type StateOnly = Pick<Workspace, 'stateFolder'>;

/** @throws KnownFailure as `openStateFolder`. */
export const openStateFolderOnly = async (context: Context, options: GlobalOptions): Promise<StateOnly> => ({
  stateFolder: await openStateFolder(stateFolderPath(context, options)),
});

/** Ctrl-C ends its downloads. */
export const openToolBox = (
  { environment, homeFolder, platform, interruption }: Context,
  onProgress: OnProgress,
): ToolBox =>
  createToolBox({
    environment,
    cacheFolder: defaultCacheFolder(environment, homeFolder),
    platform,
    onProgress,
    signal: interruption.first,
  });
