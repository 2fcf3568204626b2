/** Runs k3d, which runs K3s clusters in Docker. Its `Simple` configuration goes to its standard input. */
import { type Fields, objectsAt, textAt } from '../../domain/fields.js';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { KnownFailure } from '../../domain/known-failure.js';
import { ensurePrivateFolder } from '../files/private-folder.js';
import { type Environment } from '../tools/index.js';
import { type CallOptions } from '../kubernetes/cluster.js';
import { dockerVariables } from '../docker/docker.js';
import { createProgram, pick, type ProgramAnswer } from '../processes/program.js';

export interface K3dCluster {
  /** Without `k3d-`, which its context has in front. */
  readonly name: string;
  readonly servers: number;
  readonly serversRunning: number;
  /** The Docker network its nodes are in. */
  readonly network?: string;
}

/** All or nothing: k3d undoes what it has made when it fails or runs out of time. The kubeconfig of the user stays as it is. */
const clusterCreateCommand = (timeoutSeconds: number): readonly string[] => [
  'cluster',
  'create',
  '--config',
  '-',
  '--wait',
  '--timeout',
  `${timeoutSeconds}s`,
  '--kubeconfig-update-default=false',
  '--kubeconfig-switch-context=false',
];

const clusterListCommand = (): readonly string[] => ['cluster', 'list', '--output', 'json'];

const clusterDeleteCommand = (name: string): readonly string[] => ['cluster', 'delete', name];

const kubeconfigCommand = (name: string): readonly string[] => ['kubeconfig', 'get', name];

/** Every method may throw KnownFailure `DockerUnreachable` (a retry may help) and `K3dFailed`, which quotes k3d. */
export interface K3d {
  list(options?: CallOptions): Promise<readonly K3dCluster[]>;
  /**
   * Makes the cluster and waits until its server is ready.
   *
   * @param configuration YAML of kind `Simple`. k3d replaces `$NAME` in it from its environment, which is empty.
   * @throws KnownFailure `K3dClusterExists`, `DockerPortTaken`.
   */
  create(configuration: string, options?: CallOptions): Promise<void>;
  /** Removes its containers and volumes. A missing cluster is fine. */
  remove(name: string, options?: CallOptions): Promise<void>;
  /** The kubeconfig of an administrator of the cluster. Secret. */
  kubeconfig(name: string, options?: CallOptions): Promise<string>;
}

export interface K3dOptions {
  /** Path of the program. */
  readonly k3d: string;
  readonly environment: Environment;
  /** The private folder for k3d's own files, made when needed. */
  readonly folder: string;
  /** Limit for making a cluster. Default: 300. */
  readonly createTimeoutSeconds?: number;
}

/**
 * k3d also edits the default kubeconfig when it removes a cluster, and leaves copies of configurations in the temporary
 * folder: it is given a home of its own, and the user's only where Docker's client looks for its settings.
 */
export const k3dEnvironment = (environment: Environment, folder: string): Record<string, string> => {
  const { HOME, ...docker } = pick(environment, dockerVariables);
  return {
    ...(HOME === undefined ? {} : { DOCKER_CONFIG: join(HOME, '.docker') }),
    ...docker,
    HOME: folder,
    TMPDIR: folder,
    KUBECONFIG: join(folder, 'kubeconfig'),
    XDG_CONFIG_HOME: join(folder, 'config'),
  };
};

interface RunOptions extends CallOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
}

export const createK3d = ({ k3d, environment, folder, createTimeoutSeconds = 300 }: K3dOptions): K3d => {
  const attempt = async (
    args: readonly string[],
    { input, timeoutMs = 120_000, signal }: RunOptions = {},
  ): Promise<ProgramAnswer> => {
    const program = createProgram(k3d, k3dEnvironment(environment, await ensurePrivateFolder(folder)));
    return program({ args, timeoutMs, signal, ...(input === undefined ? {} : { input }) });
  };
  const run = async (args: readonly string[], options?: RunOptions): Promise<string> => {
    const answer = await attempt(args, options);
    if (answer.exitCode !== 0) throw k3dFailure(answer, args);
    return answer.stdout;
  };

  return {
    list: async (call) => clustersIn(await run(clusterListCommand(), call)),
    create: async (configuration, call) => {
      // k3d's own limit undoes its work, so it must come first.
      const timeoutMs = createTimeoutSeconds * 1000 + 120_000;
      await run(clusterCreateCommand(createTimeoutSeconds), { ...call, input: configuration, timeoutMs });
    },
    remove: async (name, call) => {
      const args = clusterDeleteCommand(name);
      const answer = await attempt(args, call);
      // Without Docker k3d reports that there is nothing to remove, although it does not know.
      if (answer.exitCode !== 0 || errorsIn(answer.stderr).length > 0) throw k3dFailure(answer, args);
    },
    kubeconfig: async (name, call) => run(kubeconfigCommand(name), call),
  };
};

/** From `k3d cluster list --output json`. */
export const clustersIn = (printed: string): readonly K3dCluster[] =>
  objectsAt(JSON.parse(printed)).map((cluster: Fields) => {
    const network = textAt((cluster['network'] as Fields | undefined)?.['name']);
    return {
      name: textAt(cluster['name']) ?? '',
      servers: Number(cluster['serversCount'] ?? 0),
      serversRunning: Number(cluster['serversRunning'] ?? 0),
      ...(network === undefined ? {} : { network }),
    };
  });

/** The errors in k3d's log, without colors and counters. */
const errorsIn = (stderr: string): readonly string[] =>
  stripVTControlCharacters(stderr)
    .split('\n')
    .filter((line) => /^(?:ERRO|FATA)\[|^Error: /.test(line))
    .map((line) => line.replace(/^(?:(?:ERRO|FATA)\[\d+\]|Error:) /, '').trim());

/** Turns k3d's standard error into a failure: the first error is the reason for the others. */
export const k3dFailure = (
  { stderr, timedOut }: Pick<ProgramAnswer, 'stderr' | 'timedOut'>,
  args: readonly string[],
): KnownFailure => {
  const facts = { command: args.slice(0, 2).join(' ') };
  const errors = errorsIn(stderr);
  const all = errors.join(' ');
  const failure = (type: string, sentence: string, retryable = false): KnownFailure => {
    const said = errors[0]?.slice(0, 400);
    return new KnownFailure(type, said === undefined ? sentence : `${sentence}: ${said}`, { retryable, facts });
  };
  if (timedOut) return failure('K3dFailed', 'k3d did not come to an end in time', true);
  if (/Cannot connect to the Docker daemon|error during connect|permission denied while trying/.test(all)) {
    return failure('DockerUnreachable', 'k3d cannot reach Docker: start it, and check that this user may use it', true);
  }
  if (/a cluster with that name already exists/.test(all)) {
    return failure('K3dClusterExists', 'A cluster of this name already exists: remove it, or choose another name');
  }
  if (/port is already allocated|address already in use|ports are not available/.test(all)) {
    return failure(
      'DockerPortTaken',
      'A port to be published is in use: end the program that uses it, or choose another port',
    );
  }
  return failure('K3dFailed', 'k3d failed');
};
