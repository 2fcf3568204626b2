/** Finds or installs the real programs once, before any test: what tests run is what users run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestProject } from 'vitest/node';
import { createToolBox, defaultCacheFolder, isFound } from '../systems/tools/index.js';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const toolBox = createToolBox({
    environment: process.env,
    cacheFolder: defaultCacheFolder(process.env, homedir()),
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
  const pathOf = async (tool: 'temporal' | 'bao' | 'traefik' | 'weed') => (await toolBox.ensure(tool)).path;
  const [temporal, bao, traefik, weed, rustfs] = await Promise.all([
    pathOf('temporal'),
    pathOf('bao'),
    pathOf('traefik'),
    pathOf('weed'),
    toolBox.find('rustfs'),
  ]);
  project.provide('toolPaths', { temporal, bao, traefik, weed, ...(isFound(rustfs) && { rustfs: rustfs.path }) });

  const bundleFolder = await mkdtemp(join(tmpdir(), 'openbao-dr-bundle-'));
  const emptied = () => rm(join(bundleFolder, 'workflows.js'), { force: true });
  project.provide('bundleFolder', bundleFolder);
  project.onTestsRerun(emptied);
  return () => rm(bundleFolder, { recursive: true, force: true });
}
