/** Finds or installs the real programs once, before any test: what tests run is what users run. */
import { homedir } from 'node:os';
import { type TestProject } from 'vitest/node';
import { createToolBox, defaultCacheFolder, isFound } from '../systems/tools/index.js';

export default async function setup(project: TestProject): Promise<void> {
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
}
