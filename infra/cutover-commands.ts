/**
 * The programs of the operator's own that may move clients. A plan comes from whoever may start a drill, so it names one of
 * these and nothing else: which programs there are is up to whoever runs the worker.
 */
import { access, constants, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KnownFailure } from '../domain/known-failure.js';
import { ensurePrivateFolder } from '../systems/files/private-folder.js';
import { errorCode } from '../systems/files/storage-failure.js';
import { reportFolder } from './report-store.js';
import type { StateFolder } from './state-folder.js';

export interface CutoverCommandsOptions {
  /** Without one, no program is run at all. */
  readonly folder: string | undefined;
  readonly stateFolder: StateFolder;
}

export interface CutoverCommands {
  /**
   * Path of the program that may be run under this name.
   *
   * @throws KnownFailure `CutoverCommandsOff`: no folder was named.
   * @throws KnownFailure `CutoverCommandMissing`: the folder holds no such program.
   * @throws KnownFailure `CutoverCommandNotSafe`: it is elsewhere, not executable, or others may change it.
   */
  resolve(name: string): Promise<string>;
  /** Where what the programs print during a drill is kept (0600): `reports/<drill id>/cutover-command.log`. */
  logFile(drillId: string): Promise<string>;
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
    await access(program, constants.X_OK).catch(() => {
      throw notSafe(name, folder, 'is not executable');
    });
    return program;
  },
  logFile: async (drillId) =>
    join(await ensurePrivateFolder(reportFolder(stateFolder, drillId)), 'cutover-command.log'),
});

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
      "and it and the folder writable by the worker's user alone (chmod go-w)",
  );
