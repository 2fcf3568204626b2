/** The folders of installed tools: one per tool and version, so that its name alone shows its content. */
import { isAbsolute, join, resolve } from 'node:path';
import { type CatalogEntry, type Environment } from './tool.js';

/**
 * The folder for everything the project can fetch again: `$OPENBAO_DR_CACHE`, else below `$XDG_CACHE_HOME` (which counts
 * only if absolute, as the XDG base directory specification has it), else below `~/.cache`.
 */
export const defaultCacheFolder = (environment: Environment, homeFolder: string): string => {
  const { OPENBAO_DR_CACHE: named, XDG_CACHE_HOME: shared } = environment;
  if (named) return resolve(named);
  return shared && isAbsolute(shared) ? join(shared, 'openbao-dr') : join(homeFolder, '.cache', 'openbao-dr');
};

export const toolsFolder = (cacheFolder: string): string => join(cacheFolder, 'tools');

/** Path of the tool's pinned version in the cache, whether it is there or not; undefined if nothing is pinned. */
export const cachedProgram = (entry: CatalogEntry, cacheFolder: string): string | undefined =>
  entry.package && join(toolsFolder(cacheFolder), `${entry.tool}-${entry.package.version}`, entry.binary);
