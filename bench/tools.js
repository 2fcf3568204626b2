/** Prints, as shell assignments, where the programs are that both sides of the bench use; installs what is missing. */
import { homedir } from 'node:os';
import process from 'node:process';
import { createToolBox, defaultCacheFolder } from '../dist/systems/tools/index.js';

const toolBox = createToolBox({
  environment: process.env,
  cacheFolder: defaultCacheFolder(process.env, homedir()),
  onProgress: (message) => process.stderr.write(`${message}\n`),
});

const variables = {
  bao: 'BAO',
  traefik: 'TRAEFIK',
  rclone: 'RCLONE',
  weed: 'WEED',
  rustfs: 'RUSTFS',
  temporal: 'TEMPORAL',
};

try {
  const found = [
    // The engine brings Temporal's own server: it must not be installed on the engine's time.
    await toolBox.ensure('temporal'),
    await toolBox.ensure('bao'),
    await toolBox.ensure('traefik'),
    await toolBox.ensure('rclone'),
    await toolBox.ensureS3Server(),
  ];
  for (const { tool, path } of found) {
    process.stdout.write(`${variables[tool]}='${path.replaceAll("'", "'\\''")}'\n`);
  }
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
