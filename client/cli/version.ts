/** The version of this program, from the package it is part of. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Compiled code is one folder deeper than its source, so this searches upwards for the package. */
export const readVersion = async (folder = dirname(fileURLToPath(import.meta.url))): Promise<string> => {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
  const { name, version } = (text === undefined ? {} : JSON.parse(text)) as { name?: string; version?: string };
  if (name === 'openbao-dr' && version !== undefined) return version;
  if (dirname(folder) === folder) throw new Error('The package of openbao-dr is incomplete: package.json is missing.');
  return readVersion(dirname(folder));
};
