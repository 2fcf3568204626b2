/** Workflow code runs in a sandbox and is loaded as one file, which is made when the program is built. */
import { access } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type LogLevel,
  type WorkflowBundle,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { KnownFailure } from '../domain/known-failure.js';

/** The build's place for the bundle: beside the rooms, in `dist/`. */
export const bundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/**
 * The bundle that was made with this program.
 *
 * @throws KnownFailure `WorkflowBundleMissing`.
 */
export const workflowBundle = async (codePath = bundlePath): Promise<WorkflowBundleOption> => {
  try {
    await access(codePath);
    return { codePath };
  } catch {
    throw new KnownFailure('WorkflowBundleMissing', `${codePath} is missing: build the program with "npm run build".`);
  }
};

/**
 * Bundles the workflows of one module, from TypeScript or from JavaScript, with the guards of their inbox. Takes seconds, so it
 * is for builds and tests.
 */
export const bundleWorkflows = async (workflowsPath: string, level: LogLevel = 'WARN'): Promise<WorkflowBundle> => {
  // The module is compiled if this one is.
  const inbox = (name: string): string =>
    fileURLToPath(new URL(`../workflows/run/messages/${name}${extname(import.meta.url)}`, import.meta.url));
  return bundleWorkflowCode({
    workflowsPath,
    payloadConverterPath: inbox('payload-converter'),
    workflowInterceptorModules: [inbox('interceptors')],
    logger: new DefaultLogger(level),
  });
};
