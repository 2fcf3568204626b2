/** `openbao-dr images`: every container image of a k3d lane; written to a file where there is a registry, read where there is none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Progress } from '../../domain/lane.js';
import type { K3dLaneOptions } from '../../domain/plan.js';
import { clustersThere, importImages, loadImages, saveImages } from '../../infra/k3d/image-archive.js';
import { type LaneImage, laneImages } from '../../infra/k3d/images.js';
import { k3dClusterName, siteNames } from '../../infra/k3d/names.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../context.js';
import { requestPlan } from '../plan-file.js';
import { openToolBox } from '../workspace.js';

interface ImagesOptions extends GlobalOptions {
  readonly plan?: string;
  readonly openbaoVersion?: string;
  readonly operatorVersion?: string;
  readonly save?: string;
  readonly load?: string;
  readonly json?: boolean;
}

export const runImages = async (
  context: Context,
  lane: string | undefined,
  { plan: file, openbaoVersion, operatorVersion, save, load, json = false }: ImagesOptions,
): Promise<ExitCode> => {
  const { plan } = await requestPlan({ lane, file, k3d: { openbaoVersion, operatorVersion } });
  if (plan.k3d === undefined) {
    const sentence = `Lane ${plan.lane} is made of processes and has no container images: name a k3d lane.`;
    throw new KnownFailure('LaneHasNoImages', sentence);
  }
  const images = laneImages(plan.k3d);
  const tell: Progress = (message) => writeLine(context.stderr, message);
  if (save !== undefined) await saveTo(resolve(save), images, context, tell);
  const imported = load === undefined ? undefined : await loadFrom(resolve(load), plan.k3d, images, context, tell);
  if (json) writeJson(context.stdout, imported === undefined ? images : { images, imported });
  else for (const { image } of images) writeLine(context.stdout, image);
  return 0;
};

const saveTo = async (file: string, images: readonly LaneImage[], context: Context, tell: Progress): Promise<void> => {
  const { environment, interruption } = context;
  const docker = (await openToolBox(context, tell).ensure('docker')).path;
  await saveImages(file, images, tell, { docker, environment, signal: interruption.first });
};

/** Clusters that have the images now. Those that are not there yet get them from the engine when they are made. */
const loadFrom = async (
  file: string,
  { adopt }: K3dLaneOptions,
  images: readonly LaneImage[],
  context: Context,
  tell: Progress,
): Promise<readonly string[]> => {
  const { environment, interruption } = context;
  const { first: signal } = interruption;
  const tools = openToolBox(context, tell);
  const docker = (await tools.ensure('docker')).path;
  tell(`reading ${file} …`);
  await loadImages(file, { docker, environment, signal });
  if (adopt.includes('clusters')) {
    tell('The engine has them; how they get into clusters that k3d did not make is for whoever made those.');
    return [];
  }
  const k3d = (await tools.ensure('k3d')).path;
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-images-'));
  try {
    const wanted = siteNames.map(k3dClusterName);
    const options = { docker, k3d, environment, folder, signal };
    const there = await clustersThere(wanted, options);
    if (there.length > 0) tell(`importing into ${there.join(', ')} …`);
    await importImages(images, there, options);
    const missing = wanted.filter((name) => !there.includes(name));
    if (missing.length > 0) tell(`Not there yet, and so without images: ${missing.join(', ')}.`);
    return there;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
