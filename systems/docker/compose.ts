/** Runs Docker Compose on one project: through `docker`, never through a shell, with its messages turned into failures. */
import { KnownFailure } from '../../domain/known-failure.js';
import { dockerFailure, dockerVariables } from './docker.js';
import { createProgram, pick, type ProgramAnswer } from '../processes/program.js';
import type { Environment } from '../tools/index.js';

/** The first Compose that knows dependencies which may be absent. */
const oldestCompose = [2, 20];

export interface ComposeOptions {
  /** Path of the `docker` program. */
  readonly docker: string;
  /** The environment that locates the engine and Compose's plugin. */
  readonly environment: Environment;
  /** The prefix of every container, network and volume. */
  readonly project: string;
  /** The first file, and those that change it. */
  readonly files: readonly string[];
  /** Values for the files' `${NAME}`. They must not be secret, because Compose writes them into containers' descriptions. */
  readonly variables: Readonly<Record<string, string>>;
  /** Limit for one command, but for one that may pull. Default: 120000. */
  readonly timeoutMs?: number;
  /** Default: 1200000. */
  readonly pullTimeoutMs?: number;
}

export interface ComposeCall {
  readonly signal?: AbortSignal | undefined;
}

/** The output and the end of a command in a container. */
export interface ExecAnswer {
  readonly exitCode: number;
  readonly output: string;
}

/**
 * Every method may throw KnownFailure `DockerUnreachable` (a retry may help), `ComposeMissing`, `DiskFull` and
 * `ComposeFailed`, which quotes Compose, and the signal's reason if aborted.
 */
export interface Compose {
  /**
   * Like `2.40.3`.
   *
   * @throws KnownFailure `ComposeTooOld`.
   */
  version(call?: ComposeCall): Promise<string>;
  /**
   * Makes missing containers of these services and starts stopped ones, without the services that they depend on.
   *
   * @throws KnownFailure `PortInUse` or `ImageMissing`. A volume that differs from the file is used as it is.
   */
  up(services: readonly string[], call?: ComposeCall): Promise<void>;
  /** Ends the services at once; a stopped one is fine. */
  kill(service: string, call?: ComposeCall): Promise<void>;
  /** Ends in good order, or at once after the service's grace period. */
  stop(services: readonly string[], call?: ComposeCall): Promise<void>;
  /** A command in a service's running container. Its arguments and variables are visible to every user: nothing secret. */
  exec(
    service: string,
    command: readonly string[],
    options?: ComposeCall & { readonly variables?: Readonly<Record<string, string>> },
  ): Promise<ExecAnswer>;
  /** The last lines of the service's container. */
  logs(service: string, lines: number, call?: ComposeCall): Promise<string>;
  /** Ends and removes all containers and networks of the project, and its volumes. It is fine if there are none. */
  down(call?: ComposeCall): Promise<void>;
}

export const createCompose = ({
  docker,
  environment,
  project,
  files,
  variables,
  timeoutMs = 120_000,
  pullTimeoutMs = 1_200_000,
}: ComposeOptions): Compose => {
  const program = createProgram(docker, { ...pick(environment, dockerVariables), ...quiet, ...variables });
  const target = ['--project-name', project, ...files.flatMap((file) => ['--file', file])];
  const attempt = (args: readonly string[], signal?: AbortSignal, limit = timeoutMs): Promise<ProgramAnswer> =>
    program({ args: ['compose', ...target, ...args], timeoutMs: limit, signal });
  const run = async (args: readonly string[], signal?: AbortSignal, limit?: number): Promise<string> => {
    const answer = await attempt(args, signal, limit);
    if (answer.exitCode !== 0) throw composeFailure(answer, args[0] ?? '');
    return answer.stdout;
  };

  return {
    async version({ signal } = {}) {
      // Runs without a project, because it has to answer whatever the files hold.
      const answer = await program({ args: ['compose', 'version', '--short'], timeoutMs, signal });
      const found = /^v?(\d+(?:\.\d+)+)/m.exec(answer.stdout)?.[1];
      if (answer.exitCode !== 0 || found === undefined) throw composeFailure(answer, 'version');
      if (isOlder(found)) throw tooOld(found);
      return found;
    },
    async up(services, { signal } = {}) {
      await run(['up', '--detach', '--no-deps', '--no-build', '--quiet-pull', ...services], signal, pullTimeoutMs);
    },
    async kill(service, { signal } = {}) {
      await run(['kill', '--signal', 'SIGKILL', service], signal);
    },
    async stop(services, { signal } = {}) {
      await run(['stop', ...services], signal);
    },
    async exec(service, command, { variables: given = {}, signal } = {}) {
      const settings = Object.entries(given).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
      const args = ['exec', '--no-TTY', ...settings, service, ...command];
      const answer = await attempt(args, signal);
      if (answer.exitCode === undefined) throw composeFailure(answer, 'exec');
      return { exitCode: answer.exitCode, output: `${answer.stdout}${answer.stderr}` };
    },
    logs: (service, lines, { signal } = {}) =>
      run(['logs', '--no-color', '--no-log-prefix', '--tail', String(lines), service], signal),
    async down({ signal } = {}) {
      await run(['down', '--volumes', '--remove-orphans', '--timeout', '5'], signal);
    },
  };
};

/** Compose runs without a terminal, so it must not ask. */
const quiet = {
  COMPOSE_PROGRESS: 'quiet',
  COMPOSE_MENU: 'false',
  COMPOSE_STATUS_STDOUT: '0',
  DOCKER_CLI_HINTS: 'false',
};

const isOlder = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestCompose;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
};

const tooOld = (version: string): KnownFailure =>
  new KnownFailure(
    'ComposeTooOld',
    `Docker Compose ${version} is too old: install ${oldestCompose.join('.')} or newer as a plugin of docker`,
  );

const missingPlugin = /is not a docker command|unknown command: docker compose|unknown (?:shorthand )?flag/i;

/** Turns Compose's standard error into a failure. The last line has the reason, after lines of progress. */
export const composeFailure = (answer: Pick<ProgramAnswer, 'stderr' | 'timedOut'>, command: string): KnownFailure => {
  const { stderr } = answer;
  const said = stderr
    .split('\n')
    .map((line) => line.replace(/^Error response from daemon: /, '').trim())
    .filter((line) => line !== '' && !line.startsWith('time='))
    .slice(-2)
    .join(' ')
    .slice(0, 400);
  const failure = (type: string, sentence: string): KnownFailure =>
    new KnownFailure(type, said === '' ? sentence : `${sentence}: ${said}`, {
      facts: { command: `compose ${command}` },
    });
  if (missingPlugin.test(stderr)) {
    return new KnownFailure(
      'ComposeMissing',
      `docker has no Compose: install version ${oldestCompose.join('.')} or newer as its plugin docker-compose`,
    );
  }
  if (/no space left on device|disk quota exceeded/i.test(stderr)) {
    return failure('DiskFull', 'No space is left where the container engine keeps its data: free some, then try again');
  }
  if (/port is already allocated|address already in use|ports are not available/i.test(stderr)) {
    return failure(
      'PortInUse',
      'A port that the lane publishes is in use: end what uses it, or name another port in the plan',
    );
  }
  if (missingImage.test(stderr)) {
    return failure(
      'ImageMissing',
      'An image of the lane is not on this machine and cannot be pulled: log in to its registry, or load it with "docker load"',
    );
  }
  const known = dockerFailure(answer, ['compose']);
  return known.type === 'DockerUnreachable' ? known : failure('ComposeFailed', 'Docker Compose failed');
};

const missingImage =
  /No such image|manifest unknown|manifest for .* not found|pull access denied|repository .* not found|failed to resolve (?:reference|source)|Get "https:\/\/|lookup \S+ on |dial tcp: lookup/i;
