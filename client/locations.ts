/** Where the state folder is, unless somebody says otherwise. */
import { isAbsolute, join, resolve } from 'node:path';
import type { Context, GlobalOptions } from './context.js';

/**
 * `--state-dir`, else `$OPENBAO_DR_STATE`, else below `$XDG_STATE_HOME` (which counts only if absolute, as the XDG base
 * directory specification has it), else below `~/.local/state`.
 */
export const stateFolderPath = (
  { environment, homeFolder }: Pick<Context, 'environment' | 'homeFolder'>,
  { stateDir }: GlobalOptions,
): string => {
  const { OPENBAO_DR_STATE: named, XDG_STATE_HOME: shared } = environment;
  const chosen = stateDir ?? (named === '' ? undefined : named);
  if (chosen !== undefined) return resolve(chosen);
  return shared && isAbsolute(shared) ? join(shared, 'openbao-dr') : join(homeFolder, '.local', 'state', 'openbao-dr');
};
