/** Finds the configuration file of Temporal's command line, and whether it has content. */
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Whether the configuration file is there and holds nothing but comments: `@temporalio/envconfig` stumbles over one, while
 * Temporal's command line takes it for no settings.
 */
export const configFileSaysNothing = (variables: Variables): boolean => {
  const path = variables['TEMPORAL_CONFIG_FILE'] ?? defaultPath(variables);
  if (path === undefined) return false;
  try {
    return readFileSync(path, 'utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .every((line) => /^\s*(#.*)?$/.test(line));
  } catch {
    // The library reports an unreadable file.
    return false;
  }
};

/** The same path as in `@temporalio/envconfig`, which does not export it. */
const defaultPath = (variables: Variables): string | undefined => {
  const folder = configFolder(variables);
  return folder === undefined ? undefined : join(folder, 'temporalio', 'temporal.toml');
};

const configFolder = ({ APPDATA, HOME, XDG_CONFIG_HOME }: Variables): string | undefined => {
  if (platform() === 'win32') return APPDATA;
  if (platform() === 'darwin') return HOME === undefined ? undefined : join(HOME, 'Library', 'Application Support');
  if (XDG_CONFIG_HOME !== undefined) return isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : undefined;
  return HOME === undefined ? undefined : join(HOME, '.config');
};
