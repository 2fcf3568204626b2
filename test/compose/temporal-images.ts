/**
 * The images of Temporal with PostgreSQL, around the programs that build-temporal.sh made: names, tags, users, paths and
 * entry points of the published ones. The entry points of Temporal's server and its UI are the published scripts
 * themselves; PostgreSQL's is stand-in-postgres.sh.
 *
 * What is not as published: PostgreSQL is Debian's, whatever the tag says; below the programs is Debian's busybox, where the
 * published ones have Alpine's; admin-tools has the `temporal` of the local lane, and of the other tools only the one for SQL.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dockerfile, made, put, putLibraries, putWithLibraries, run, users } from './image-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The folder that build-temporal.sh made. */
export interface TemporalPrograms {
  readonly folder: string;
}

/** The images that docker-compose.yml names for the profile, by what it calls them. */
export const readTemporalImages = (): Readonly<Record<'server' | 'tools' | 'ui' | 'postgres', string>> => {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const tagOf = (name: string): string => {
    const [, tag] = new RegExp(`^  ${name}: .*:-([^}]+)\\}$`, 'm').exec(compose) ?? [];
    if (tag === undefined) throw new Error(`docker-compose.yml names no image ${name}`);
    return tag;
  };
  return {
    server: tagOf('temporal-server'),
    tools: tagOf('temporal-tools'),
    ui: tagOf('temporal-ui'),
    postgres: tagOf('postgres'),
  };
};

/** What build-temporal.sh left for the versions that docker-compose.yml names; undefined when it was not run. */
export const findTemporalPrograms = (environment: NodeJS.ProcessEnv): TemporalPrograms | undefined => {
  const { server, ui } = readTemporalImages();
  const cache = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'openbao-dr-temporal', `${versionOf(server)}-ui-${versionOf(ui)}`);
  return existsSync(join(folder, 'complete')) ? { folder } : undefined;
};

const versionOf = (tag: string): string => tag.slice(tag.indexOf(':') + 1);

/** `temporal` is the path of Temporal's command line. */
export const createTemporalImages = (
  { folder: programs }: TemporalPrograms,
  temporal: string,
): Readonly<Record<string, (folder: string) => void>> => {
  const { server, tools, ui, postgres } = readTemporalImages();
  const busybox = join(programs, 'bin/busybox');
  return {
    [server]: (folder) => {
      put(folder, join(programs, 'bin/temporal-server'), '/usr/local/bin/temporal-server');
      put(folder, join(programs, 'server/entrypoint.sh'), '/etc/temporal/entrypoint.sh');
      putBusybox(folder, busybox);
      users(folder, 'temporal', 1000, 1000);
      dockerfile(folder, 'WORKDIR /etc/temporal', 'USER temporal', 'CMD ["/etc/temporal/entrypoint.sh"]');
    },
    [tools]: (folder) => {
      put(folder, temporal, '/usr/local/bin/temporal');
      put(folder, join(programs, 'bin/temporal-sql-tool'), '/usr/local/bin/temporal-sql-tool');
      cpSync(join(programs, 'schema'), join(folder, 'fs/etc/temporal/schema'), { recursive: true });
      putBusybox(folder, busybox);
      users(folder, 'temporal', 1000, 1000);
      dockerfile(folder, 'USER temporal', 'CMD ["sh", "-c", "trap exit INT HUP TERM; sleep infinity"]');
    },
    [ui]: (folder) => {
      for (const file of ['ui-server', 'start-ui-server.sh', 'config/docker.yaml']) {
        put(folder, join(programs, 'ui', file), `/home/ui-server/${file}`);
      }
      putBusybox(folder, busybox);
      putWithLibraries(folder, '/bin/bash', '/bin/bash');
      putWithLibraries(folder, '/usr/bin/curl', '/usr/bin/curl');
      users(folder, 'temporal', 1000, 1000);
      dockerfile(folder, 'WORKDIR /home/ui-server', 'USER temporal', 'ENTRYPOINT ["./start-ui-server.sh"]');
    },
    [postgres]: (folder) => {
      putPostgres(folder, join(programs, 'debian'));
      putBusybox(folder, busybox);
      // The published image makes up an entry for whatever user it is run as; initdb wants one.
      users(folder, 'postgres', 999, 999);
      const passwd = join(folder, 'fs/etc/passwd');
      writeFileSync(passwd, `${readFileSync(passwd, 'utf8')}anybody:x:10001:10001::/:/bin/sh\n`);
      dockerfile(
        folder,
        'ENV LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data',
        'VOLUME /var/lib/postgresql/data',
        'ENTRYPOINT ["docker-entrypoint.sh"]',
        'STOPSIGNAL SIGINT',
        'CMD ["postgres"]',
      );
    },
  };
};

/** A shell, and what scripts take for granted. */
const putBusybox = (folder: string, busybox: string): void => {
  put(folder, busybox, '/bin/busybox');
  for (const name of run(busybox, ['--list']).trim().split('\n')) {
    if (name !== 'busybox') symlinkSync('busybox', made(folder, `/bin/${name}`));
  }
};

/** Debian's packages, unpacked in a folder, as far as a server needs them; set up as the published image is. */
const putPostgres = (folder: string, debian: string): void => {
  const [version] = readdirSync(join(debian, 'usr/lib/postgresql'));
  if (version === undefined) throw new Error(`no PostgreSQL in ${debian}`);
  for (const part of ['lib', 'share']) {
    const below = join('usr', part, 'postgresql', version);
    // Compiled queries are not worth the 100 MB of their compiler.
    const filter = (from: string): boolean => !['bitcode', 'llvmjit.so'].includes(basename(from));
    cpSync(join(debian, below), join(folder, 'fs', below), { recursive: true, filter });
  }
  const sample = join(folder, 'fs/usr/share/postgresql', version, 'postgresql.conf.sample');
  writeFileSync(sample, readFileSync(sample, 'utf8').replace(/^#?listen_addresses = \S+/m, "listen_addresses = '*'"));
  for (const program of ['postgres', 'initdb', 'pg_ctl', 'pg_isready', 'psql']) {
    const path = join('/usr/lib/postgresql', version, 'bin', program);
    putLibraries(folder, join(debian, path), debian);
    symlinkSync(path, made(folder, join('/usr/bin', program)));
  }
  for (const data of ['/usr/share/zoneinfo', '/usr/lib/locale/C.utf8']) {
    cpSync(data, join(folder, 'fs', data), { recursive: true });
  }
  const entry = made(folder, '/usr/local/bin/docker-entrypoint.sh');
  copyFileSync(join(root, 'test/compose/stand-in-postgres.sh'), entry);
  chmodSync(entry, 0o755);
  for (const [path, mode] of [
    ['/var/run/postgresql', 0o3777],
    ['/var/lib/postgresql/data', 0o1777],
  ] as const) {
    mkdirSync(join(folder, 'fs', path), { recursive: true });
    chmodSync(join(folder, 'fs', path), mode);
  }
};
