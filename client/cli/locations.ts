/** Finds the state folder. */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Context, GlobalOptions } from './context.js';

/**
 * `--state-dir`, else `$OPENBAO_DR_STATE`, else below `$XDG_STATE_HOME` (which counts only if it is absolute, by the XDG base
 * directory specification), else below `~/.local/state`.
 *
 * @throws KnownFailure `InvalidStateFolder`: an empty name, or a folder with other content, like the home folder itself.
 */
export const stateFolderPath = (
  { environment, homeFolder }: Pick<Context, 'environment' | 'homeFolder'>,
  { stateDir }: GlobalOptions,
): string => {
  const { OPENBAO_DR_STATE: named, XDG_STATE_HOME: shared } = environment;
  const chosen = stateDir ?? (named === '' ? undefined : named);
  if (chosen !== undefined) return assertOwn(chosen, homeFolder);
  return shared && isAbsolute(shared) ? join(shared, 'openbao-dr') : join(homeFolder, '.local', 'state', 'openbao-dr');
};

const assertOwn = (chosen: string, homeFolder: string): string => {
  if (chosen === '') throw invalid('The folder given with --state-dir has no name');
  const folder = resolve(chosen);
  if (folder === dirname(folder)) throw invalid(`${folder} is the root of the file system`);
  if (folder === resolve(homeFolder)) throw invalid(`${folder} is the home folder itself`);
  return folder;
};

const invalid = (why: string): KnownFailure =>
  new KnownFailure('InvalidStateFolder', `${why}: name a folder of its own with --state-dir or OPENBAO_DR_STATE.`);
