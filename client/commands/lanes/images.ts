/** `openbao-dr images`: lists every container image of a lane, and carries the images to a machine without a registry. */
import { resolve } from 'node:path';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { Progress } from '../../../activities/ports/provisioning.js';
import type { DrillPlan } from '../../../domain/plan/plan.js';
import type { ContainerImage } from '../../../infra/lanes/kind.js';
import { kindModuleOf } from '../../../infra/lanes/kinds.js';
import { loadImages, saveImages } from '../../../systems/docker/image-archive.js';
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
  const { plan } = await requestPlan({ lane, file, overrides: { openbaoVersion, operatorVersion } });
  const images = await imagesOf(plan, context.environment);
  const tell = progressTo(context, options);
  if (save !== undefined) await saveTo(resolve(save), images, context, tell);
  const imported = load === undefined ? undefined : await loadFrom(resolve(load), plan, context, tell);
  if (json) writeJson(context.stdout, { images, imported: imported ?? [] });
  else for (const { image } of images) writeLine(context.stdout, image);
  return 0;
};

const imagesOf = async (plan: DrillPlan, environment: Environment): Promise<readonly ContainerImage[]> => {
  const listed = await kindModuleOf(plan.lane).images?.(plan, environment);
  if (listed !== undefined) return listed;
  const sentence = `Lane ${plan.lane} is made of processes and has no container images: name a compose or a k3d lane.`;
  throw new KnownFailure('LaneHasNoImages', sentence);
};

const saveTo = async (
  file: string,
  images: readonly ContainerImage[],
  context: Context,
  tell: Progress,
): Promise<void> => {
  const { environment, interruption } = context;
  const docker = (await openToolBox(context, tell).ensure('docker')).path;
  await saveImages(file, images, tell, { docker, environment, signal: interruption.first });
};

const loadFrom = async (
  file: string,
  plan: DrillPlan,
  context: Context,
  progress: Progress,
): Promise<readonly string[]> => {
  const { environment, interruption } = context;
  const { first: signal } = interruption;
  const tools = openToolBox(context, progress);
  const docker = (await tools.ensure('docker')).path;
  progress(`reading ${file} …`);
  await loadImages(file, { docker, environment, signal });
  return (await kindModuleOf(plan.lane).loadImages?.(plan, { tools, environment, progress, signal })) ?? [];
};
