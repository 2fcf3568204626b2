/** The one way the rest of the program gets its real programs: finds each once, and installs what is missing. */
import { isKnownFailure, type KnownFailure } from '../../domain/known-failure.js';
import { catalog as defaultCatalog } from './catalog.js';
import { inspectCache } from './disk-failures.js';
import { installTool } from './install.js';
import { locateTool } from './locate.js';
import { inspectPip, type PipState } from './wheels/pip.js';
import { createProbe } from './probe.js';
import {
  type Catalog,
  type CatalogEntry,
  type Environment,
  type FoundTool,
  type MissingTool,
  type OnProgress,
  type ToolName,
} from './tool.js';

export interface ToolBoxOptions {
  readonly environment: Environment;
  /** Tools are installed into `tools/` below it; made when needed. */
  readonly cacheFolder: string;
  /** Default: say nothing. */
  readonly onProgress?: OnProgress;
  /** Ends downloads. Default: they go on to their end. */
  readonly signal?: AbortSignal;
  /** Default: this machine's. */
  readonly platform?: string;
  /** Default: the project's pinned tools. */
  readonly catalog?: Catalog;
}

/** The facts about one tool without installing it. */
export interface ToolInspection {
  readonly entry: CatalogEntry;
  /** Whether a wheel is pinned for this platform. */
  readonly hasWheel: boolean;
  readonly location: FoundTool | MissingTool;
  /** The environment variable names something unusable: installing would not help. */
  readonly failure?: KnownFailure;
}

export interface ToolBoxInspection {
  readonly tools: readonly ToolInspection[];
  readonly pip: PipState;
  readonly cacheFolder: string;
  /** `CacheNotWritable`, if nothing could be installed for that reason. */
  readonly cacheFailure?: KnownFailure;
}

export interface ToolBox {
  /**
   * Finds the tool, or installs it. Calls for the same tool share one answer; a failure is forgotten, so that the next
   * call tries again.
   *
   * @throws KnownFailure as {@link locateTool} and {@link installTool}.
   */
  ensure(tool: ToolName): Promise<FoundTool>;
  /**
   * Finds the tool and installs nothing.
   *
   * @throws KnownFailure as {@link locateTool}.
   */
  find(tool: ToolName): Promise<FoundTool | MissingTool>;
  /**
   * RustFS, the baseline's server, if it is named or found; else SeaweedFS, installed if it must be. A RustFS that is
   * named but unusable is a failure, never a silent change of server.
   *
   * @throws KnownFailure as {@link ToolBox.ensure}.
   */
  ensureS3Server(): Promise<FoundTool>;
  /**
   * Looks at these tools, at every one by default, and at what installs them. Installs nothing and never throws a
   * KnownFailure.
   */
  inspectAll(tools?: readonly ToolName[]): Promise<ToolBoxInspection>;
}

export const isFound = (location: FoundTool | MissingTool): location is FoundTool => location.source !== 'missing';

export const createToolBox = ({
  environment,
  cacheFolder,
  onProgress = () => undefined,
  platform = `${process.platform}-${process.arch}`,
  catalog = defaultCatalog,
  signal,
}: ToolBoxOptions): ToolBox => {
  const probe = createProbe(environment);
  const ensured = new Map<ToolName, Promise<FoundTool>>();

  const find = async (tool: ToolName) => locateTool(catalog[tool], { environment, cacheFolder, platform, probe });

  const findOrInstall = async (tool: ToolName): Promise<FoundTool> => {
    const location = await find(tool);
    return isFound(location)
      ? location
      : installTool(catalog[tool], { environment, cacheFolder, platform, onProgress, signal });
  };

  const ensure = async (tool: ToolName): Promise<FoundTool> => {
    const known = ensured.get(tool);
    if (known) return known;
    const answer = findOrInstall(tool);
    ensured.set(tool, answer);
    answer.catch(() => ensured.delete(tool));
    return answer;
  };

  const inspect = async (entry: CatalogEntry): Promise<ToolInspection> => {
    const hasWheel = Object.keys(entry.package?.wheels ?? {}).includes(platform);
    try {
      return { entry, hasWheel, location: await find(entry.tool) };
    } catch (error) {
      if (!isKnownFailure(error)) throw error;
      return { entry, hasWheel, location: { tool: entry.tool, source: 'missing', ignored: [] }, failure: error };
    }
  };

  return {
    ensure,
    find,
    ensureS3Server: async () => {
      const rustfs = await find('rustfs');
      return isFound(rustfs) ? rustfs : ensure('weed');
    },
    inspectAll: async (wanted) => {
      const entries = Object.values(catalog).filter(({ tool }) => wanted?.includes(tool) ?? true);
      const [pip, cacheFailure, ...tools] = await Promise.all([
        inspectPip(environment),
        inspectCache(cacheFolder),
        ...entries.map(inspect),
      ]);
      return { tools, pip, cacheFolder, ...(cacheFailure && { cacheFailure }) };
    },
  };
};
