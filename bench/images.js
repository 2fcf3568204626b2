/**
 * Sees to the images of the compose lane on the container engine: those that OPENBAO_IMAGE, TRAEFIK_IMAGE and RUSTFS_IMAGE
 * name, or docker-compose.yml. What is missing is pulled. Where that fails, and OPENBAO_DR_STAND_INS is 1, the stand-ins of the
 * tests are built around the programs that BAO, TRAEFIK, and WEED or RUSTFS name: under the published names, and so not on an
 * engine that somebody uses. Says on standard error what serves S3.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
// Vitest's own, to run a module in TypeScript.
import { runnerImport } from 'vite';

const tell = (line) => process.stderr.write(`bench: ${line}\n`);
const docker = (...args) => spawnSync('docker', args, { stdio: 'ignore' }).status === 0;
const local = (path) => join(import.meta.dirname, path);

const composeFile = readFileSync(local('../docker-compose.yml'), 'utf8');
const imageOf = (variable) =>
  process.env[variable] || new RegExp(`\\$\\{${variable}:-([^}]+)\\}`).exec(composeFile)?.[1];
const wanted = ['OPENBAO_IMAGE', 'TRAEFIK_IMAGE', 'RUSTFS_IMAGE'].map(imageOf);

const missing = wanted.filter((image) => !docker('image', 'inspect', image) && !docker('pull', '--quiet', image));
if (missing.length === 0) {
  tell(`images ${wanted.join(', ')}`);
} else if (process.env.OPENBAO_DR_STAND_INS !== '1') {
  tell(`${missing.join(', ')} cannot be pulled`);
  process.exitCode = 1;
} else {
  tell(`${missing.join(', ')} cannot be pulled: building stand-ins`);
  const { module } = await runnerImport(local('../test/compose/build-images.ts'));
  const { BAO: bao, TRAEFIK: traefik, TEMPORAL: temporal, WEED: weed, RUSTFS: rustfs } = process.env;
  const server = module.buildImages({ bao, traefik, temporal, weed, rustfs }, { environment: process.env, tell });
  tell(`stand-ins for ${wanted.join(', ')}; S3 is ${server === 'rustfs' ? 'RustFS' : 'SeaweedFS'}`);
  const left = wanted.filter((image) => !docker('image', 'inspect', image));
  if (left.length > 0) {
    tell(`there is no stand-in for ${left.join(', ')}`);
    process.exitCode = 1;
  }
}
