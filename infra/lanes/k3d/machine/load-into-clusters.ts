/** Gives a lane's clusters the images that the engine has: nodes do not see the engine's. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { K3dLaneOptions } from '../../../../domain/plan/plan.js';
import type { ImageLoader } from '../../kind.js';
import { k3dClusterName, siteNames } from '../names.js';
import { clustersThere, importImages } from './import-images.js';
import { laneImages } from './images.js';

/** @returns k3d's names of the clusters that have the images now. Those that are missing get them from the engine when they are made. */
export const loadIntoClusters = async (
  options: K3dLaneOptions,
  { tools, environment, progress, signal }: ImageLoader,
): Promise<readonly string[]> => {
  if (options.adopt.includes('clusters')) {
    progress('The engine has them. Load them into adopted clusters yourself.');
    return [];
  }
  const docker = (await tools.ensure('docker')).path;
  const k3d = (await tools.ensure('k3d')).path;
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-images-'));
  try {
    const wanted = siteNames.map(k3dClusterName);
    const engine = { docker, k3d, environment, folder, signal };
    const there = await clustersThere(wanted, engine);
    if (there.length > 0) progress(`importing into ${there.join(', ')} …`);
    await importImages(laneImages(options), there, engine);
    const missing = wanted.filter((name) => !there.includes(name));
    if (missing.length > 0) progress(`Missing, and so still without images: ${missing.join(', ')}.`);
    return there;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
