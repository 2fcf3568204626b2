/** The lane's images as one file, for machines that reach no registry: written where there is one, read where there is none. */
import { access } from 'node:fs/promises';
import { isKnownFailure, KnownFailure } from '../../../../domain/known-failure.js';
import type { Progress } from '../../../../domain/pair/lane.js';
import type { Environment } from '../../../../systems/tools/index.js';
import { ensurePrivateFolder } from '../../../../systems/files/private-folder.js';
import { errorCode } from '../../../../systems/files/storage-failure.js';
import { createDocker, type Docker, dockerFailure, dockerVariables } from '../../../../systems/docker/docker.js';
import { createK3d, k3dEnvironment, k3dFailure } from '../../../../systems/k3d/k3d.js';
import { createProgram, pick } from '../../../../systems/processes/program.js';
import type { LaneImage } from './images.js';

export const saveCommand = (file: string, images: readonly string[]): readonly string[] => [
  'save',
  '--output',
  file,
  ...images,
];

export const loadCommand = (file: string): readonly string[] => ['load', '--quiet', '--input', file];

/** k3d takes an argument that is a file for an archive: an image's name never looks like one to it, unless somebody made it so. */
export const importCommand = (images: readonly string[], clusters: readonly string[]): readonly string[] => [
  'image',
  'import',
  ...clusters.flatMap((cluster) => ['--cluster', cluster]),
  ...images,
];

/** Gigabytes, and disks that are slow: long, but not for ever. */
const archiveTimeoutMs = 60 * 60 * 1000;

export interface EngineOptions {
  /** Path of the program. */
  readonly docker: string;
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
}

export interface ClusterEngineOptions extends EngineOptions {
  /** Path of the program. */
  readonly k3d: string;
  /** For what k3d keeps beside Docker; made when needed, private. */
  readonly folder: string;
}

/**
 * Writes the archive. Images that the engine has already are not pulled again.
 *
 * @throws KnownFailure `ImageNotPulled` naming the one that cannot be had; `DockerUnreachable` (a retry may help) or
 * `DockerFailed`.
 */
export const saveImages = async (
  file: string,
  images: readonly Pick<LaneImage, 'image'>[],
  progress: Progress,
  { docker, environment, signal }: EngineOptions,
): Promise<void> => {
  const engine = createDocker({ docker, environment });
  for (const { image } of images) {
    if (await engine.hasImage(image, { signal })) continue;
    progress(`pulling ${image} …`);
    await pull(engine, image, signal);
  }
  progress(`writing ${images.length} images to ${file} …`);
  const names = images.map(({ image }) => image);
  await runDocker(saveCommand(file, names), { docker, environment, signal });
};

/**
 * Gives the engine every image of the archive: what clusters are made of, and what pods of theirs are.
 *
 * @throws KnownFailure `ImageArchiveMissing`, `DockerUnreachable` (a retry may help) or `DockerFailed`.
 */
export const loadImages = async (file: string, options: EngineOptions): Promise<void> => {
  await access(file).catch((error: unknown) => {
    throw new KnownFailure(
      'ImageArchiveMissing',
      `There are no images at ${file}: name a file that --save has written.`,
      {
        facts: { code: errorCode(error) },
      },
    );
  });
  await runDocker(loadCommand(file), options);
};

/**
 * Gives nodes what their pods will ask for, as far as the engine has it: nodes do not see the engine's images.
 *
 * @param clusters k3d's names, of clusters that are there.
 * @returns the images that were imported.
 * @throws KnownFailure `DockerUnreachable` (a retry may help), `DockerFailed` or `K3dFailed`.
 */
export const importImages = async (
  images: readonly LaneImage[],
  clusters: readonly string[],
  { docker, k3d, environment, folder, signal }: ClusterEngineOptions,
): Promise<readonly string[]> => {
  const engine = createDocker({ docker, environment });
  const ofPods = images.filter(({ runBy }) => runBy === 'nodes').map(({ image }) => image);
  const there: string[] = [];
  for (const image of ofPods) if (await engine.hasImage(image, { signal })) there.push(image);
  if (there.length === 0 || clusters.length === 0) return [];
  const program = createProgram(k3d, k3dEnvironment(environment, await ensurePrivateFolder(folder)));
  const args = importCommand(there, clusters);
  const answer = await program({ args, timeoutMs: archiveTimeoutMs, signal });
  if (answer.exitCode !== 0) throw k3dFailure(answer, args);
  return there;
};

/** Of those that are wanted, the clusters k3d has. */
export const clustersThere = async (
  wanted: readonly string[],
  { k3d, environment, folder, signal }: Omit<ClusterEngineOptions, 'docker'>,
): Promise<readonly string[]> => {
  const clusters = await createK3d({ k3d, environment, folder }).list({ signal });
  return wanted.filter((name) => clusters.some((cluster) => cluster.name === name));
};

const pull = async (engine: Docker, image: string, signal: AbortSignal | undefined): Promise<void> => {
  try {
    await engine.pull(image, { signal });
  } catch (error) {
    if (!isKnownFailure(error) || error.type === 'DockerUnreachable') throw error;
    const sentence = `The image ${image} cannot be had: log in to its registry, or name another in the plan. ${error.message}`;
    throw new KnownFailure('ImageNotPulled', sentence, { cause: error });
  }
};

const runDocker = async (args: readonly string[], { docker, environment, signal }: EngineOptions): Promise<void> => {
  const program = createProgram(docker, pick(environment, dockerVariables));
  const answer = await program({ args, timeoutMs: archiveTimeoutMs, signal });
  if (answer.exitCode !== 0) throw dockerFailure(answer, args);
};
