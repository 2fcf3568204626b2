/** Which OpenBao restores: the snapshot's own version, unless the run is the rehearsal of an upgrade. */
import { KnownFailure } from '../../domain/known-failure.js';
import { createProgram } from '../../systems/processes/program.js';
import { quote } from '../../systems/secrets/scrub.js';
import type { ToolBox } from '../../systems/tools/index.js';

export interface BaoChoice {
  readonly tools: Pick<ToolBox, 'ensure'>;
  /** Every version that ran on the snapshot's store, oldest first; the last one took it. */
  readonly snapshotVersions: readonly string[];
  /** The version to rehearse an upgrade to. Default: the snapshot's own. */
  readonly version?: string | undefined;
  /** A program of the administrator's, in place of the tool box's. */
  readonly path?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ChosenBao {
  readonly path: string;
  readonly version: string;
  /** Whether it is another version than the snapshot's own. */
  readonly isUpgrade: boolean;
}

/**
 * @throws KnownFailure `BaoVersionDiffers`: the program at hand is of another version than the one that is to restore.
 * @throws KnownFailure `BaoNotUsable`: the program that was named does not say its version.
 * @throws KnownFailure as the tool box does, where it has to install one.
 */
export const chooseBao = async ({ tools, snapshotVersions, version, path, signal }: BaoChoice): Promise<ChosenBao> => {
  const own = snapshotVersions.at(-1);
  const found = path === undefined ? await tools.ensure('bao') : { path, version: await versionOf(path, signal) };
  // A store says nothing of its version before 2.x wrote it down; what is at hand is then as good as any.
  const wanted = version ?? own ?? found.version;
  if (found.version !== wanted) throw versionDiffers(wanted, found, version === undefined);
  return { path: found.path, version: found.version, isUpgrade: own !== undefined && found.version !== own };
};

const versionOf = async (path: string, signal: AbortSignal | undefined): Promise<string> => {
  const notUsable = (why: string | undefined): KnownFailure =>
    new KnownFailure(
      'BaoNotUsable',
      `${path} does not say that it is an OpenBao: name the program bao of the version that is to restore.`,
      {
        facts: { answer: why },
      },
    );
  const answer = await createProgram(path, { PATH: '/usr/bin:/bin' })({
    args: ['version'],
    timeoutMs: 20_000,
    signal,
  }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw notUsable(quote((error as Error).message));
  });
  const version = /^OpenBao v(\d+\.\d+\.\d+\S*?),? /m.exec(answer.stdout)?.[1];
  if (answer.exitCode === 0 && version !== undefined) return version;
  throw notUsable(quote(answer.stderr));
};

const versionDiffers = (wanted: string, found: Pick<ChosenBao, 'path' | 'version'>, isOwn: boolean): KnownFailure =>
  new KnownFailure(
    'BaoVersionDiffers',
    isOwn
      ? `The snapshot is of OpenBao ${wanted}, and ${found.path} is ${found.version}: name a program of ${wanted}, or ask for ${found.version} to rehearse the upgrade.`
      : `OpenBao ${wanted} is to restore, and ${found.path} is ${found.version}: name a program of ${wanted}.`,
  );
