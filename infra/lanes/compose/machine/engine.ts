/** The container engine and Compose on this machine: whether a lane can be made on them. */
import { KnownFailure } from '../../../../domain/known-failure.js';
import { createCompose } from '../../../../systems/docker/compose.js';
import { dockerFailure, dockerVariables } from '../../../../systems/docker/docker.js';
import {
  answers,
  askEngine,
  type ContainerEngine,
  describeSilence,
} from '../../../../systems/docker/container-engine.js';
import { readDiskSpace } from '../../../../systems/machine/disk.js';
import { createProgram, pick, type Program } from '../../../../systems/processes/program.js';
import type { Environment, ToolBox } from '../../../../systems/tools/index.js';
import { isSupported } from '../../../../systems/tools/version.js';
import { describeBytes } from '../../../../domain/units.js';

export interface EngineOptions {
  readonly tools: Pick<ToolBox, 'ensure'>;
  readonly environment: Environment;
}

/** The first one whose containers can have all that docker-compose.yml asks for. */
const engineRange = { from: [20, 10], below: [1000], described: '20.10 or newer' };
/** The containers' own layers, with room to spare; images that have to be pulled tell themselves when they find no room. */
const neededBytes = 64 * 1024 * 1024;

/**
 * Sees that there is an engine with Compose that containers can be made on.
 *
 * @throws KnownFailure `DockerUnreachable`, `EngineTooOld`, `ComposeMissing`, `ComposeTooOld` or `DiskFull`, or as the tool box
 * does.
 */
export const assertEngine = async ({ tools, environment }: EngineOptions, signal?: AbortSignal): Promise<void> => {
  const docker = (await tools.ensure('docker')).path;
  const engine = await usableEngine(docker, environment);
  await composeVersion(docker, environment, signal);
  await assertRoom(engine);
};

/** @throws KnownFailure `DockerUnreachable` or `EngineTooOld`. */
export const usableEngine = async (docker: string, environment: Environment): Promise<ContainerEngine> => {
  const engine = await engineAt(programAt(docker, environment));
  assertNotTooOld(engine);
  return engine;
};

/** @throws KnownFailure `ComposeMissing` or `ComposeTooOld`. */
export const composeVersion = (docker: string, environment: Environment, signal?: AbortSignal): Promise<string> =>
  createCompose({ docker, environment, project: 'openbao-dr', files: [], variables: {} }).version({ signal });

export const programAt = (docker: string, environment: Environment): Program =>
  createProgram(docker, pick(environment, dockerVariables));

const engineAt = async (program: Program): Promise<ContainerEngine> => {
  const engine = await askEngine(program);
  if (answers(engine)) return engine;
  throw new KnownFailure('DockerUnreachable', describeSilence(engine), { retryable: true });
};

const assertNotTooOld = ({ version }: ContainerEngine): void => {
  // Builds of distributions have words behind the number; one without a number is nobody's release.
  const number = /^\d+(?:\.\d+)*/.exec(version)?.[0];
  if (number === undefined || isSupported(number, engineRange)) return;
  throw new KnownFailure(
    'EngineTooOld',
    `The container engine ${version} is too old: install ${engineRange.described}`,
  );
};

/** An engine on another machine is not asked. @throws KnownFailure `DiskFull`. */
export const assertRoom = async ({ rootFolder }: ContainerEngine): Promise<void> => {
  const space = await readDiskSpace(rootFolder);
  if (space === undefined || space.freeBytes >= neededBytes) return;
  throw new KnownFailure(
    'DiskFull',
    `Only ${describeBytes(space.freeBytes)} are free at ${rootFolder}, where the container engine keeps its data, and ${describeBytes(neededBytes)} are needed: free some, as with "docker system prune"`,
  );
};

/** @throws KnownFailure `DockerUnreachable` (a retry may help) or `DockerFailed`. */
export const isRootless = async (program: Program): Promise<boolean> => {
  const args = ['info', '--format', '{{json .SecurityOptions}}'];
  const told = await program({ args, timeoutMs: 15_000 });
  if (told.exitCode !== 0) throw dockerFailure(told, args);
  return told.stdout.includes('rootless');
};
