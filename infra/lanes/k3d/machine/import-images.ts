/** Gives the nodes of k3d's clusters what their pods will ask for. */
import { createDocker } from '../../../../systems/docker/docker.js';
import { archiveTimeoutMs, type EngineOptions } from '../../../../systems/docker/image-archive.js';
import { ensurePrivateFolder } from '../../../../systems/files/private-folder.js';
import { createK3d, k3dEnvironment, k3dFailure } from '../../../../systems/k3d/k3d.js';
import { createProgram } from '../../../../systems/processes/program.js';
import type { LaneImage } from './images.js';

/** k3d takes an argument that is a file for an archive: an image's name never looks like one to it, unless somebody made it so. */
export const importCommand = (images: readonly string[], clusters: readonly string[]): readonly string[] => [
  'image',
  'import',
  ...clusters.flatMap((cluster) => ['--cluster', cluster]),
  ...images,
];

export interface ClusterEngineOptions extends EngineOptions {
  /** Path of the program. */
  readonly k3d: string;
  /** For what k3d keeps beside Docker; made when needed, private. */
  readonly folder: string;
}

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
