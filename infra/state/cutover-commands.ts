/**
 * The programs of the operator's own that may move clients. A plan comes from whoever may start a drill, so it names one of
 * these and nothing else: which programs there are is up to whoever runs the worker.
 */
import { access, constants, lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CutoverCommands } from '../../activities/ports/cutover-commands.js';
import { commandPath } from '../../domain/contract/cutover-command.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';
import { errorCode } from '../../systems/files/storage-failure.js';
import { reportFolder } from './report-store.js';
import type { StateFolder } from './state-folder.js';

export interface CutoverCommandsOptions {
  /** Without one, no program is run at all. */
  readonly folder: string | undefined;
  readonly stateFolder: StateFolder;
}

const changedByOthers = 0o022;

export const createCutoverCommands = ({ folder, stateFolder }: CutoverCommandsOptions): CutoverCommands => ({
  async resolve(name) {
    if (folder === undefined) throw off(name);
    if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name)) throw missing(name, folder);
    const [home, program] = await Promise.all([find(folder, name, folder), find(join(folder, name), name, folder)]);
    if (dirname(program) !== home) throw notSafe(name, folder, 'is a link that leads out of it');
    const [ofHome, ofProgram] = await Promise.all([stat(home), stat(program)]);
    if (!ofProgram.isFile()) throw notSafe(name, folder, 'is not a file');
    if ((ofProgram.mode & changedByOthers) !== 0) throw notSafe(name, folder, 'can be changed by others');
    if ((ofHome.mode & changedByOthers) !== 0) throw notSafe(name, folder, 'can be replaced by others');
    if (!isTrusted(ofProgram.uid) || !isTrusted(ofHome.uid)) throw notSafe(name, folder, 'belongs to another user');
    const replaceable = await findReplaceable([resolve(folder), home]);
    if (replaceable !== undefined)
      throw notSafe(name, folder, `can be replaced by others, who may change ${replaceable}`);
    await access(program, constants.X_OK).catch(() => {
      throw notSafe(name, folder, 'is not executable');
    });
    const interpreter = await findMissingInterpreter(program);
    if (interpreter !== undefined) {
      throw notSafe(name, folder, `names an interpreter that is not there or not executable (${interpreter})`);
    }
    return program;
  },
  signFile: (lane) => join(stateFolder.lanes, `${lane}.command.json`),
  logFile: async (drillId) =>
    join(await ensurePrivateFolder(reportFolder(stateFolder, drillId)), 'cutover-command.log'),
});

/**
 * A folder on the way to one of these paths, links on it followed, that somebody else may change: whoever can rename what is in
 * it can put another in its place. In a folder like /tmp (sticky) nobody can but who owns what is in it.
 */
const findReplaceable = async (paths: readonly string[]): Promise<string | undefined> => {
  const open = [...paths];
  const seen = new Set<string>();
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { uid, mode, isLink } = await lstat(path).then((stats) => ({ ...stats, isLink: stats.isSymbolicLink() }));
    const sticky = (mode & 0o1000) !== 0;
    if (!isTrusted(uid) || (!isLink && !sticky && (mode & changedByOthers) !== 0)) return path;
    if (isLink) open.push(resolve(dirname(path), await readlink(path)));
    if (dirname(path) !== path) open.push(dirname(path));
  }
  return undefined;
};

/** What the first line of a script names, if it cannot be run; of `env`, the program that it is to find. */
const findMissingInterpreter = async (program: string): Promise<string | undefined> => {
  const [, interpreter, rest = ''] = /^#!\s*(\S+)[ \t]*([^\n]*)/.exec(await readStart(program)) ?? [];
  if (interpreter === undefined) return undefined;
  if (!(await isExecutable(interpreter))) return interpreter;
  const wanted = rest.split(/\s+/).find((word) => word !== '' && !word.startsWith('-') && !word.includes('='));
  if (!interpreter.endsWith('/env') || wanted === undefined || wanted.includes('/')) return undefined;
  const found = await Promise.all(commandPath.split(':').map((folder) => isExecutable(join(folder, wanted))));
  return found.includes(true) ? undefined : wanted;
};

const readStart = async (path: string): Promise<string> => {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
};

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The worker's own user, or root: both could do whatever the program does without it. */
const isTrusted = (uid: number): boolean => process.getuid === undefined || uid === process.getuid() || uid === 0;

const find = async (path: string, name: string, folder: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) throw missing(name, folder);
    throw notSafe(name, folder, `cannot be read (${errorCode(error) ?? 'unknown'})`);
  }
};

const off = (name: string): KnownFailure =>
  new KnownFailure(
    'CutoverCommandsOff',
    `The plan moves clients with the command ${JSON.stringify(name)}, and this worker runs none: ` +
      'name the folder that holds it in OPENBAO_DR_CUTOVER_COMMANDS, or choose another way',
  );

const missing = (name: string, folder: string): KnownFailure =>
  new KnownFailure(
    'CutoverCommandMissing',
    `There is no command ${JSON.stringify(name)} in ${folder}: put it there, or correct the plan`,
  );

const notSafe = (name: string, folder: string, why: string): KnownFailure =>
  new KnownFailure(
    'CutoverCommandNotSafe',
    `The command ${JSON.stringify(name)} in ${folder} ${why}: it has to be an executable file in that very folder, ` +
      "and it, the folder and those above it writable by the worker's user or root alone (chmod go-w)",
  );
