/** Carries images in one file to machines that reach no registry. */
import { access } from 'node:fs/promises';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { errorCode } from '../files/storage-failure.js';
import { createProgram, pick } from '../processes/program.js';
import type { Environment } from '../tools/index.js';
import { createDocker, type Docker, dockerFailure, dockerVariables } from './docker.js';

export const saveCommand = (file: string, images: readonly string[]): readonly string[] => [
  'save',
  '--output',
  file,
  ...images,
];

export const loadCommand = (file: string): readonly string[] => ['load', '--quiet', '--input', file];

/** The limit allows for gigabytes and slow disks. */
export const archiveTimeoutMs = 60 * 60 * 1000;

export interface EngineOptions {
  /** Path of the program. */
  readonly docker: string;
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the archive. Images that the engine already has are not pulled again.
 *
 * @throws KnownFailure `ImageNotPulled` naming the unavailable image; `DockerUnreachable` (a retry may help) or
 *   `DockerFailed`.
 */
export const saveImages = async (
  file: string,
  images: readonly { readonly image: string }[],
  progress: (message: string) => void,
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
 * Loads every image of the archive into the engine: those of clusters, and those of their pods.
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
