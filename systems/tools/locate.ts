/** Finds a program that is already on this machine: named, in the tool cache, or on `PATH`. Installs nothing. */
import { delimiter, join, resolve } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import { cachedProgram } from './cache-folder.js';
import { examineFile } from './executable.js';
import { type ProbeVersion } from './probe.js';
import {
  type CatalogEntry,
  type Environment,
  type FoundTool,
  type IgnoredProgram,
  type MissingTool,
  type WheelPlatform,
} from './tool.js';
import { isSupported } from './version.js';

export interface LocateOptions {
  readonly environment: Environment;
  readonly cacheFolder: string;
  /** `process.platform` and `process.arch`, joined by a dash. */
  readonly platform: string;
  readonly probe: ProbeVersion;
}

/**
 * Looks in a fixed order: the tool's environment variable, the tool cache, then every folder of `PATH` for the first
 * program of a supported version. A named program is never passed over silently.
 *
 * @throws KnownFailure `NamedToolMissing`, `NamedToolNotExecutable` or `NamedToolUnsupported`: the environment variable
 * names something that cannot be used.
 */
export const locateTool = async (entry: CatalogEntry, options: LocateOptions): Promise<FoundTool | MissingTool> =>
  (await locateNamed(entry, options)) ?? (await locateCached(entry, options)) ?? (await locateOnPath(entry, options));

const locateNamed = async (
  entry: CatalogEntry,
  { environment, probe }: LocateOptions,
): Promise<FoundTool | undefined> => {
  const { tool, variable, supported } = entry;
  const named = environment[variable];
  if (!named) return undefined;
  const path = resolve(named);
  const { kind } = await examineFile(path);
  if (kind === 'absent') {
    throw new KnownFailure(
      'NamedToolMissing',
      `${variable} names a file that does not exist: correct it, or unset it to let ${tool} be found or installed`,
      { facts: { path } },
    );
  }
  if (kind === 'not-executable') {
    throw new KnownFailure(
      'NamedToolNotExecutable',
      `${variable} names something that is not an executable file: make it one with chmod +x, or name another`,
      { facts: { path } },
    );
  }
  const version = await probe(entry, path);
  if (version === undefined || !isSupported(version, supported)) {
    throw new KnownFailure(
      'NamedToolUnsupported',
      `${variable} names a program that is not a supported ${tool}: name version ${supported.described}`,
      { facts: { path, version: version ?? 'not told' } },
    );
  }
  return { tool, path, version, source: 'environment' };
};

/**
 * The tool of the pinned version in the cache, or undefined if there is none or it is damaged. Trusts the folder's name,
 * the executable bit and the size: what is there was checked by hash before it was moved in.
 */
export const locateCached = async (
  entry: CatalogEntry,
  { cacheFolder, platform }: Pick<LocateOptions, 'cacheFolder' | 'platform'>,
): Promise<FoundTool | undefined> => {
  const path = cachedProgram(entry, cacheFolder);
  const wheel = entry.package?.wheels[platform as WheelPlatform];
  if (!path || !entry.package || !wheel) return undefined;
  const state = await examineFile(path);
  return state.kind === 'executable' && state.sizeBytes === wheel.programBytes
    ? { tool: entry.tool, path, version: entry.package.version, source: 'cache' }
    : undefined;
};

const locateOnPath = async (
  entry: CatalogEntry,
  { environment, probe }: LocateOptions,
): Promise<FoundTool | MissingTool> => {
  const ignored: IgnoredProgram[] = [];
  // An empty element would mean the working directory: never run what happens to lie there.
  const folders = new Set((environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''));
  for (const folder of folders) {
    const path = join(folder, entry.binary);
    if ((await examineFile(path)).kind !== 'executable') continue;
    const version = await probe(entry, path);
    if (version !== undefined && isSupported(version, entry.supported)) {
      return { tool: entry.tool, path, version, source: 'path' };
    }
    ignored.push({ path, ...(version !== undefined && { version }) });
  }
  return { tool: entry.tool, source: 'missing', ignored };
};
