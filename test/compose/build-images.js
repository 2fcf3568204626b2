/**
 * Builds the images of the compose lane where no registry can be reached: the same names, tags, users and entry points as
 * the published ones, around the same programs that the local lane runs. From nothing, with the classic builder.
 *
 *   node test/compose/build-images.js     names and builds all of them
 *
 * What is not as published: there is no distribution around the program, only the libraries that it loads; a `sh` and, where
 * a health check needs it, a `curl`. Where no RustFS is at hand, SeaweedFS answers under its name.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * @typedef {object} Programs Paths of the real programs.
 * @property {string} bao
 * @property {string} traefik
 * @property {string} temporal
 * @property {string} weed
 * @property {string} [rustfs]
 */

/**
 * Builds every image that is not there yet; the worker's always, from `dist/` and the production dependencies.
 *
 * @param {Programs} programs
 * @param {{ environment: NodeJS.ProcessEnv, docker?: string, tell?: (line: string) => void }} options
 * @returns {string} what serves S3 under RustFS's name: `rustfs` or `weed`.
 */
export const buildImages = (programs, { environment, docker = 'docker', tell = () => {} }) => {
  const engine = createEngine(docker, environment);
  const storage = programs.rustfs === undefined ? 'weed' : 'rustfs';
  for (const [tag, build] of Object.entries(images(programs))) {
    if (engine.has(tag) && tag !== workerImage) continue;
    tell(`building ${tag}`);
    withFolder((folder) => {
      build(folder);
      engine.build(folder, tag);
    });
  }
  return storage;
};

export const workerImage = `openbao-dr:${version}`;

/** @param {Programs} programs */
const images = ({ bao, traefik, temporal, weed, rustfs }) => ({
  'openbao/openbao:2.7.2': (folder) => {
    put(folder, bao, '/usr/bin/bao');
    putWithLibraries(folder, '/bin/sh', '/bin/sh');
    script(folder, '/usr/local/bin/docker-entrypoint.sh', 'if [ "$1" = server ]; then set -- bao "$@"; fi', 'exec "$@"');
    users(folder, 'openbao', 100, 1000);
    dockerfile(
      folder,
      'VOLUME /openbao/logs /openbao/file',
      'USER openbao',
      'ENTRYPOINT ["docker-entrypoint.sh"]',
      'CMD ["server", "-dev", "-dev-no-store-token"]',
    );
  },
  'traefik:v3.7.15': (folder) => {
    put(folder, traefik, '/usr/local/bin/traefik');
    putWithLibraries(folder, '/bin/sh', '/bin/sh');
    script(folder, '/entrypoint.sh', 'case "$1" in -*|healthcheck|version) set -- traefik "$@";; esac', 'exec "$@"');
    dockerfile(folder, 'ENTRYPOINT ["/entrypoint.sh"]', 'CMD ["traefik"]');
  },
  'rustfs/rustfs:1.0.5': (folder) => {
    if (rustfs === undefined) {
      put(folder, weed, '/usr/bin/weed');
      copyFileSync(join(root, 'test/compose/seaweedfs-as-rustfs.sh'), join(made(folder, '/usr/bin/rustfs')));
      chmodSync(join(folder, 'fs/usr/bin/rustfs'), 0o755);
    } else {
      putWithLibraries(folder, rustfs, '/usr/bin/rustfs');
    }
    putWithLibraries(folder, '/bin/sh', '/bin/sh');
    putWithLibraries(folder, '/usr/bin/curl', '/usr/bin/curl');
    script(folder, '/entrypoint.sh', 'exec "$@"');
    users(folder, 'rustfs', 10001, 10001);
    dockerfile(folder, 'VOLUME /data', 'USER rustfs', 'ENTRYPOINT ["/entrypoint.sh"]', 'CMD ["rustfs"]');
  },
  'temporalio/temporal:1.9.1': (folder) => {
    put(folder, temporal, '/usr/local/bin/temporal');
    users(folder, 'temporal', 1000, 1000);
    dockerfile(folder, 'USER temporal', 'ENTRYPOINT ["temporal"]');
  },
  [workerImage]: (folder) => {
    putWithLibraries(folder, process.execPath, '/usr/local/bin/node');
    putWithLibraries(folder, '/bin/sh', '/bin/sh');
    worker(folder);
    users(folder, 'openbao-dr', 10001, 10001);
    dockerfile(folder, 'COPY --chown=10001:10001 owned/ /', ...workerInstructions());
  },
});

const volumes = ['temporal', 'postgres', 'infra', 'source', 'target', 'storage', 'edge-infra', 'edge-source', 'edge-target', 'edge-clients'];

/** What the Dockerfile's last stage says of how it runs. */
const workerInstructions = () => {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
  const last = text.slice(text.lastIndexOf('\nFROM '));
  return last.split('\n').filter((line) => /^(ENV|USER|WORKDIR|ENTRYPOINT|CMD|HEALTHCHECK|STOPSIGNAL) /.test(line));
};

const worker = (folder) => {
  const app = join(folder, 'fs/app');
  mkdirSync(app, { recursive: true });
  for (const part of ['dist', 'package.json', 'docker-compose.yml']) cpSync(join(root, part), join(app, part), { recursive: true });
  const { stdout } = run('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: root, lenient: true });
  for (const path of new Set(stdout.split('\n').filter((line) => line.includes('node_modules')))) {
    const below = path.slice(path.indexOf('/node_modules/') + 1);
    const nested = join(path, 'node_modules');
    cpSync(path, join(app, below), { recursive: true, filter: (from) => from !== nested });
  }
  const bridge = 'node_modules/@temporalio/core-bridge';
  const releases = join(app, bridge, 'releases');
  for (const name of readdirSync(releases)) {
    if (name.startsWith(process.arch === 'x64' ? 'x86_64' : 'aarch64') && name.endsWith('linux-gnu')) {
      putLibraries(folder, join(releases, name, 'index.node'));
    } else rmSync(join(releases, name), { recursive: true });
  }
  for (const name of ['sdk-core', 'src', 'ts']) rmSync(join(app, bridge, name), { recursive: true, force: true });
  for (const name of ['state', ...volumes.map((volume) => `lanes/${volume}`)]) {
    mkdirSync(join(folder, 'owned', name), { recursive: true, mode: 0o700 });
  }
  script(folder, '/usr/local/bin/openbao-dr', 'exec node /app/dist/client/main.js "$@"');
};

const put = (folder, from, to) => {
  const target = made(folder, to);
  try {
    linkSync(realpathSync(from), target);
  } catch {
    copyFileSync(realpathSync(from), target);
  }
};

/** The program, and every library that the loader would look for. */
const putWithLibraries = (folder, from, to) => {
  put(folder, from, to);
  putLibraries(folder, from);
};

const putLibraries = (folder, from) => {
  const { stdout } = run('ldd', [realpathSync(from)], { lenient: true });
  for (const [, library] of stdout.matchAll(/(\/\S+\.so\S*) \(/g)) {
    try {
      put(folder, library, library);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
};

const made = (folder, path) => {
  const target = join(folder, 'fs', path);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { force: true });
  return target;
};

const script = (folder, path, ...lines) => {
  const target = made(folder, path);
  writeFileSync(target, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(target, 0o755);
};

const users = (folder, name, uid, gid) => {
  writeFileSync(made(folder, '/etc/passwd'), `root:x:0:0::/:/bin/sh\n${name}:x:${uid}:${gid}::/:/bin/sh\n`);
  writeFileSync(made(folder, '/etc/group'), `root:x:0:\n${name}:x:${gid}:\n`);
};

const dockerfile = (folder, ...instructions) => {
  mkdirSync(join(folder, 'fs/tmp'), { recursive: true });
  writeFileSync(
    join(folder, 'Dockerfile'),
    ['FROM scratch', 'COPY fs/ /', 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...instructions, ''].join('\n'),
  );
};

const createEngine = (docker, environment) => {
  const env = { ...environment, DOCKER_BUILDKIT: '0' };
  return {
    has: (tag) => spawnSync(docker, ['image', 'inspect', tag], { env, stdio: 'ignore' }).status === 0,
    build: (folder, tag) => run(docker, ['build', '--quiet', '--tag', tag, folder], { env }),
  };
};

const run = (file, args, { lenient = false, ...options } = {}) => {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  if (error !== undefined) throw error;
  if (status !== 0 && !lenient) throw new Error(`${file} ${args[0]} failed: ${stderr}`);
  return { stdout };
};

const withFolder = (use) => {
  const folder = mkdtempSync(join(tmpdir(), 'openbao-dr-image-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { createToolBox, defaultCacheFolder, isFound } = await import('../../dist/systems/tools/index.js');
  const tools = createToolBox({ environment: process.env, cacheFolder: defaultCacheFolder(process.env, homedir()) });
  const path = async (tool) => (await tools.ensure(tool)).path;
  const rustfs = await tools.find('rustfs');
  const programs = {
    bao: await path('bao'),
    traefik: await path('traefik'),
    temporal: await path('temporal'),
    weed: await path('weed'),
    ...(isFound(rustfs) && { rustfs: rustfs.path }),
  };
  const storage = buildImages(programs, { environment: process.env, tell: console.log });
  console.log(`S3 under RustFS's name: ${storage}`);
}
