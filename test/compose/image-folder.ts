/** What images are built from, without an image below them: a folder with a file system in it, and a Dockerfile beside it. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export const put = (folder: string, from: string, to: string): void => {
  const target = made(folder, to);
  try {
    linkSync(realpathSync(from), target);
  } catch {
    copyFileSync(realpathSync(from), target);
  }
};

/** The program, and every library that the loader would look for. */
export const putWithLibraries = (folder: string, from: string, to: string): void => {
  put(folder, from, to);
  putLibraries(folder, from);
};

/** `below`: a folder with a file system that the program comes from, whose libraries go before this machine's. */
export const putLibraries = (folder: string, from: string, below = ''): void => {
  const env = below === '' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryFolders(below) };
  const stdout = run('ldd', [realpathSync(from)], { env, lenient: true });
  for (const [, library = ''] of stdout.matchAll(/(\/\S+\.so\S*) \(/g)) {
    put(folder, library, below !== '' && library.startsWith(`${below}/`) ? library.slice(below.length) : library);
  }
};

const libraryFolders = (below: string): string =>
  ['lib', 'usr/lib']
    .map((path) => join(below, path))
    .filter(existsSync)
    .flatMap((path) => [path, ...readdirSync(path).map((name) => join(path, name))])
    .join(':');

export const made = (folder: string, path: string): string => {
  const target = join(folder, 'fs', path);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { force: true });
  return target;
};

export const script = (folder: string, path: string, ...lines: readonly string[]): void => {
  const target = made(folder, path);
  writeFileSync(target, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(target, 0o755);
};

export const users = (folder: string, name: string, uid: number, gid: number): void => {
  writeFileSync(made(folder, '/etc/passwd'), `root:x:0:0::/:/bin/sh\n${name}:x:${uid}:${gid}::/:/bin/sh\n`);
  writeFileSync(made(folder, '/etc/group'), `root:x:0:\n${name}:x:${gid}:\n`);
};

export const dockerfile = (folder: string, ...instructions: readonly string[]): void => {
  mkdirSync(join(folder, 'fs/tmp'), { recursive: true });
  // What is mounted there gets the same mode.
  chmodSync(join(folder, 'fs/tmp'), 0o1777);
  writeFileSync(
    join(folder, 'Dockerfile'),
    [
      'FROM scratch',
      'COPY fs/ /',
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ...instructions,
      '',
    ].join('\n'),
  );
};

export const run = (
  file: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; lenient?: boolean } = {},
): string => {
  const { lenient = false, ...spawn } = options;
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...spawn });
  if (error !== undefined) throw error;
  if (status !== 0 && !lenient) throw new Error(`${file} ${args[0]} failed: ${stderr}`);
  return stdout;
};
