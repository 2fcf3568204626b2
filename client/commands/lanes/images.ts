/** `openbao-dr images`: every container image of a lane; written to a file where there is a registry, read where there is none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { Progress } from '../../../domain/pair/lane.js';
import type { DrillPlan } from '../../../domain/plan/plan.js';
import { type ComposeImage, composeImages } from '../../../infra/lanes/compose/machine/images.js';
import { clustersThere, importImages, loadImages, saveImages } from '../../../infra/lanes/k3d/machine/image-archive.js';
import { type LaneImage, laneImages } from '../../../infra/lanes/k3d/machine/images.js';
import { k3dClusterName, siteNames } from '../../../infra/lanes/k3d/names.js';
import {
  type Context,
  type ExitCode,
  type GlobalOptions,
  progressTo,
  writeJson,
  writeLine,
} from '../../cli/context.js';
import { requestPlan } from '../../cli/plan-file.js';
import type { Environment } from '../../../systems/tools/index.js';
import { openToolBox } from '../../cli/workspace.js';

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
  { plan: file, openbaoVersion, operatorVersion, save, load, json = false, ...options }: ImagesOptions,
): Promise<ExitCode> => {
  const { plan } = await requestPlan({ lane, file, k3d: { openbaoVersion, operatorVersion } });
  const images = await imagesOf(plan, context.environment);
  const tell = progressTo(context, options);
  if (save !== undefined) await saveTo(resolve(save), images, context, tell);
  const imported = load === undefined ? undefined : await loadFrom(resolve(load), plan, context, tell);
  if (json) writeJson(context.stdout, { images, imported: imported ?? [] });
  else for (const { image } of images) writeLine(context.stdout, image);
  return 0;
};

/** One image, whatever kind of lane it is for. */
export type ListedImage = LaneImage | ComposeImage;

const imagesOf = async (
  { lane, k3d, compose }: DrillPlan,
  environment: Environment,
): Promise<readonly ListedImage[]> => {
  if (k3d !== undefined) return laneImages(k3d);
  if (compose !== undefined) return composeImages(environment);
  const sentence = `Lane ${lane} is made of processes and has no container images: name a compose or a k3d lane.`;
  throw new KnownFailure('LaneHasNoImages', sentence);
};

const saveTo = async (
  file: string,
  images: readonly ListedImage[],
  context: Context,
  tell: Progress,
): Promise<void> => {
  const { environment, interruption } = context;
  const docker = (await openToolBox(context, tell).ensure('docker')).path;
  await saveImages(file, images, tell, { docker, environment, signal: interruption.first });
};

/** Clusters that have the images now. Those that are not there yet get them from the engine when they are made. */
const loadFrom = async (
  file: string,
  { k3d: options }: DrillPlan,
  context: Context,
  tell: Progress,
): Promise<readonly string[]> => {
  const { environment, interruption } = context;
  const { first: signal } = interruption;
  const tools = openToolBox(context, tell);
  const docker = (await tools.ensure('docker')).path;
  tell(`reading ${file} …`);
  await loadImages(file, { docker, environment, signal });
  // A compose lane's containers run on the engine itself.
  if (options === undefined) return [];
  if (options.adopt.includes('clusters')) {
    tell('The engine has them. Load them into adopted clusters yourself.');
    return [];
  }
  const k3d = (await tools.ensure('k3d')).path;
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-images-'));
  try {
    const wanted = siteNames.map(k3dClusterName);
    const engine = { docker, k3d, environment, folder, signal };
    const there = await clustersThere(wanted, engine);
    if (there.length > 0) tell(`importing into ${there.join(', ')} …`);
    await importImages(laneImages(options), there, engine);
    const missing = wanted.filter((name) => !there.includes(name));
    if (missing.length > 0) tell(`Not there yet, and so without images: ${missing.join(', ')}.`);
    return there;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
