/** The program as people type it on the containers' machine: built, with a state folder and an environment of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { toolPath } from '../support/tools.js';
import { root } from './engine.js';

export interface CommandLine {
  readonly folder: string;
  readonly stateFolder: string;
  /** What every command gets, and nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  openbaoDr(args: readonly string[], extra?: Readonly<Record<string, string>>): Promise<Typed>;
  /** Writes a plan; answers its file. */
  planned(plan: object): Promise<string>;
  remove(): Promise<void>;
}

export interface Typed {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export const openCommandLine = async (): Promise<CommandLine> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-compose-'));
  const stateFolder = join(folder, 'state');
  const engine = ['DOCKER_HOST', 'DOCKER_CONFIG', 'DOCKER_CONTEXT'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const docker = (await execa('sh', ['-c', 'command -v docker'])).stdout;
  const environment = {
    HOME: process.env['HOME'] ?? folder,
    PATH: `${dirname(process.execPath)}:${dirname(docker)}:/usr/bin:/bin`,
    OPENBAO_DR_STATE: stateFolder,
    OPENBAO_DR_TEMPORAL: toolPath('temporal'),
    ...Object.fromEntries(engine),
  };
  return {
    folder,
    stateFolder,
    environment,
    async openbaoDr(args, extra = {}) {
      const { exitCode, stdout, stderr } = await execa(process.execPath, [join(root, 'dist/client/main.js'), ...args], {
        env: { ...environment, ...extra },
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      });
      return { exitCode, stdout, stderr };
    },
    async planned(plan) {
      const file = join(folder, 'plan.json');
      await writeFile(file, JSON.stringify(plan));
      return file;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
