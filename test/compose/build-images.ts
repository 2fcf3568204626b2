/**
 * Builds the images of the compose lane where no registry can be reached: the same names, tags, users and entry points as
 * the published ones, around the same programs that the local lane runs. From nothing, with the classic builder.
 *
 * What is not as published: there is no distribution around the program, only the libraries that it loads; a `sh` and, where
 * a health check needs it, a `curl`. Where no RustFS is at hand, SeaweedFS answers under its name.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dockerfile, made, put, putLibraries, putWithLibraries, run, script, users } from './image-folder.js';
import { createTemporalImages, type TemporalPrograms } from './temporal-images.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** Paths of the real programs. */
export interface Programs {
  readonly bao: string;
  readonly traefik: string;
  readonly temporal: string;
  readonly weed: string;
  readonly rustfs?: string;
  /** Of Temporal with PostgreSQL; without them the images of the profile "production-like" are not built. */
  readonly temporalPrograms?: TemporalPrograms;
}

export interface BuildOptions {
  /** Where the engine is looked for. */
  readonly environment: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
}

/**
 * Builds every image that is not there yet; the worker's always, from `dist/` and the production dependencies. Answers what
 * serves S3 under RustFS's name.
 */
export const buildImages = (programs: Programs, { environment, tell }: BuildOptions): 'rustfs' | 'weed' => {
  const engine = createEngine(environment);
  for (const [tag, build] of Object.entries(images(programs))) {
    if (engine.has(tag) && tag !== workerImage) continue;
    tell(`building ${tag}`);
    withFolder((folder) => {
      build(folder);
      engine.build(folder, tag);
    });
  }
  return programs.rustfs === undefined ? 'weed' : 'rustfs';
};

export const workerImage = `openbao-dr:${version}`;

/** Each puts what is to be in the image into a folder, with a Dockerfile beside it. */
const images = ({
  bao,
  traefik,
  temporal,
  weed,
  rustfs,
  temporalPrograms,
}: Programs): Readonly<Record<string, (folder: string) => void>> => ({
  'openbao/openbao:2.7.2': (folder) => {
    put(folder, bao, '/usr/bin/bao');
    putWithLibraries(folder, '/bin/sh', '/bin/sh');
    script(
      folder,
      '/usr/local/bin/docker-entrypoint.sh',
      'if [ "$1" = server ]; then set -- bao "$@"; fi',
      'exec "$@"',
    );
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
    putWithLibraries(folder, '/usr/bin/curl', '/usr/bin/real-curl');
    // SeaweedFS tells its health elsewhere.
    const health = rustfs === undefined ? 'http://127.0.0.1:9000/healthz' : '"$@"';
    script(folder, '/usr/bin/curl', `exec real-curl --fail --silent --output /dev/null ${health}`);
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
  ...(temporalPrograms !== undefined && createTemporalImages(temporalPrograms, temporal)),
});

const volumes = [
  'temporal',
  'postgres',
  'infra',
  'source',
  'target',
  'storage',
  'edge-infra',
  'edge-source',
  'edge-target',
  'edge-clients',
];

/** What the Dockerfile's last stage says of how it runs. */
const workerInstructions = (): readonly string[] => {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
  const last = text.slice(text.lastIndexOf('\nFROM '));
  return last.split('\n').filter((line) => /^(ENV|USER|WORKDIR|ENTRYPOINT|CMD|HEALTHCHECK|STOPSIGNAL) /.test(line));
};

const worker = (folder: string): void => {
  const app = join(folder, 'fs/app');
  mkdirSync(app, { recursive: true });
  for (const part of ['dist', 'package.json', 'docker-compose.yml'])
    cpSync(join(root, part), join(app, part), { recursive: true });
  const stdout = run('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: root, lenient: true });
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

const createEngine = (environment: NodeJS.ProcessEnv) => {
  const env = { ...environment, DOCKER_BUILDKIT: '0' };
  return {
    has: (tag: string): boolean =>
      spawnSync('docker', ['image', 'inspect', tag], { env, stdio: 'ignore' }).status === 0,
    build: (folder: string, tag: string) => run('docker', ['build', '--quiet', '--tag', tag, folder], { env }),
  };
};

const withFolder = (use: (folder: string) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'openbao-dr-image-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
