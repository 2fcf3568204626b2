/** Docker, as far as a lane of k3d needs it: a network that its clusters share, and a container beside them. */
import { type Fields, fieldsAt, objectsAt, textAt } from '../../domain/fields.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { type Environment } from '../tools/index.js';
import { type CallOptions } from '../kubernetes/cluster.js';
import { describeSilence } from './container-engine.js';
import { createProgram, pick, type ProgramAnswer } from '../processes/program.js';

export type Labels = Readonly<Record<string, string>>;

export interface DockerNetwork {
  readonly name: string;
  readonly labels: Labels;
  /** The host's address in the network, in its first subnet. */
  readonly gateway?: string;
  readonly subnet?: string;
}

export interface DockerContainer {
  readonly id: string;
  /** Without Docker's leading slash. */
  readonly name: string;
  readonly image: string;
  readonly running: boolean;
  /** The exit code of its program, if it has ended. */
  readonly exitCode?: number;
  readonly labels: Labels;
  /** Its address in each network that it is in. */
  readonly addresses: Readonly<Record<string, string>>;
}

export interface DockerRun {
  readonly name: string;
  readonly image: string;
  readonly network?: string;
  /** `127.0.0.1:19000:9000`: a port without an address is published on all. */
  readonly publish?: readonly string[];
  /** Visible to every user who may use Docker: no secrets here; mount a file. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders and files of the host. */
  readonly mounts?: readonly { readonly source: string; readonly target: string; readonly readOnly?: boolean }[];
  readonly labels?: Labels;
  readonly user?: string;
  readonly command?: readonly string[];
}

const labelOptions = (labels: Labels = {}): readonly string[] =>
  Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);

export const networkCreateCommand = (name: string, labels: Labels, subnet?: string): readonly string[] => [
  'network',
  'create',
  ...labelOptions(labels),
  ...(subnet === undefined ? [] : ['--subnet', subnet]),
  name,
];

const networkInspectCommand = (name: string): readonly string[] => ['network', 'inspect', name];

const networkRemoveCommand = (name: string): readonly string[] => ['network', 'rm', name];

export const runCommand = ({
  name,
  image,
  network,
  publish = [],
  environment = {},
  mounts = [],
  labels,
  user,
  command = [],
}: DockerRun): readonly string[] => [
  'run',
  '--detach',
  '--name',
  name,
  // A missing image is pulled before, with a failure of its own.
  '--pull',
  'never',
  ...(network === undefined ? [] : ['--network', network]),
  ...publish.flatMap((port) => ['--publish', port]),
  ...Object.entries(environment).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
  ...mounts.flatMap(({ source, target, readOnly = false }) => [
    '--mount',
    `type=bind,source=${source},target=${target}${readOnly ? ',readonly' : ''}`,
  ]),
  ...labelOptions(labels),
  ...(user === undefined ? [] : ['--user', user]),
  image,
  ...command,
];

const containerInspectCommand = (name: string): readonly string[] => ['container', 'inspect', name];

/** Removes the container with its own volumes. */
const containerRemoveCommand = (name: string): readonly string[] => ['rm', '--force', '--volumes', name];

const pullCommand = (image: string): readonly string[] => ['pull', '--quiet', image];

const imageListCommand = (reference: string): readonly string[] => [
  'image',
  'ls',
  '--no-trunc',
  '--format',
  '{{json .}}',
  reference,
];

/** The variables with which the client finds its daemon and the logins of registries. */
export const dockerVariables = [
  'PATH',
  'HOME',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'XDG_RUNTIME_DIR',
  'SSH_AUTH_SOCK',
];

/**
 * Every method may throw KnownFailure `DockerUnreachable` (a retry may help) and `DockerFailed`, which quotes Docker, and
 * the signal's reason if aborted.
 */
export interface Docker {
  network(name: string, options?: CallOptions): Promise<DockerNetwork | undefined>;
  /** @throws KnownFailure `DockerNameTaken`. */
  createNetwork(
    network: { readonly name: string; readonly labels?: Labels; readonly subnet?: string },
    options?: CallOptions,
  ): Promise<void>;
  /** It is fine if the network is missing. */
  removeNetwork(name: string, options?: CallOptions): Promise<void>;
  container(name: string, options?: CallOptions): Promise<DockerContainer | undefined>;
  /**
   * Starts a container and returns its id. Pull the image first.
   *
   * @throws KnownFailure `DockerNameTaken`, `DockerPortTaken` or `DockerImageMissing`.
   */
  run(container: DockerRun, options?: CallOptions): Promise<string>;
  /** Ends the container and removes it with its own volumes. It is fine if it is missing. */
  remove(name: string, options?: CallOptions): Promise<void>;
  hasImage(reference: string, options?: CallOptions): Promise<boolean>;
  /** @throws KnownFailure `DockerImageMissing`: no registry has it, or it wants a login. */
  pull(image: string, options?: CallOptions): Promise<void>;
}

export interface DockerOptions {
  /** Path of the program. */
  readonly docker: string;
  readonly environment: Environment;
  /** Limit for one command, but for a pull. Default: 60000. */
  readonly timeoutMs?: number;
  /** Default: 600000. */
  readonly pullTimeoutMs?: number;
}

export const createDocker = ({
  docker,
  environment,
  timeoutMs = 60_000,
  pullTimeoutMs = 600_000,
}: DockerOptions): Docker => {
  const program = createProgram(docker, pick(environment, dockerVariables));
  const attempt = (args: readonly string[], { signal }: CallOptions = {}, limit = timeoutMs): Promise<ProgramAnswer> =>
    program({ args, timeoutMs: limit, signal });
  const run = async (args: readonly string[], call?: CallOptions, limit?: number): Promise<string> => {
    const answer = await attempt(args, call, limit);
    if (answer.exitCode !== 0) throw dockerFailure(answer, args);
    return answer.stdout;
  };
  /** `undefined` if the object is missing. */
  const ifAny = async (args: readonly string[], call?: CallOptions): Promise<string | undefined> => {
    const answer = await attempt(args, call);
    if (answer.exitCode === 0) return answer.stdout;
    if (/No such (?:container|network|object)|network .* not found/i.test(answer.stderr)) return undefined;
    throw dockerFailure(answer, args);
  };

  return {
    network: async (name, call) => networkOf(first(await ifAny(networkInspectCommand(name), call))),
    createNetwork: async ({ name, labels = {}, subnet }, call) => {
      await run(networkCreateCommand(name, labels, subnet), call);
    },
    removeNetwork: async (name, call) => {
      await ifAny(networkRemoveCommand(name), call);
    },
    container: async (name, call) => containerOf(first(await ifAny(containerInspectCommand(name), call))),
    run: async (container, call) => (await run(runCommand(container), call)).trim(),
    remove: async (name, call) => {
      await ifAny(containerRemoveCommand(name), call);
    },
    hasImage: async (reference, call) => (await run(imageListCommand(reference), call)).trim() !== '',
    pull: async (image, call) => {
      await run(pullCommand(image), call, pullTimeoutMs);
    },
  };
};

const first = (printed: string | undefined): Fields | undefined =>
  printed === undefined ? undefined : objectsAt(JSON.parse(printed))[0];

const textsIn = (fields: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));

/** From `docker network inspect`. */
const networkOf = (inspected: Fields | undefined): DockerNetwork | undefined => {
  const name = textAt(inspected?.['Name']);
  if (inspected === undefined || name === undefined) return undefined;
  const [config] = objectsAt(inspected, 'IPAM', 'Config');
  const gateway = textAt(config?.['Gateway']);
  const subnet = textAt(config?.['Subnet']);
  return {
    name,
    labels: textsIn(fieldsAt(inspected, 'Labels')),
    ...(gateway === undefined ? {} : { gateway }),
    ...(subnet === undefined ? {} : { subnet }),
  };
};

/** From `docker container inspect`. */
export const containerOf = (inspected: Fields | undefined): DockerContainer | undefined => {
  const id = textAt(inspected?.['Id']);
  if (inspected === undefined || id === undefined) return undefined;
  const state = fieldsAt(inspected, 'State');
  const config = fieldsAt(inspected, 'Config');
  const running = state['Running'] === true;
  const exitCode = state['ExitCode'];
  const addresses = Object.entries(fieldsAt(inspected, 'NetworkSettings', 'Networks')).flatMap(
    ([network, settings]) => {
      const address = textAt(fieldsAt(settings)['IPAddress']);
      return address === undefined ? [] : [[network, address] as const];
    },
  );
  return {
    id,
    name: (textAt(inspected['Name']) ?? '').replace(/^\//, ''),
    image: textAt(config['Image']) ?? '',
    running,
    ...(!running && typeof exitCode === 'number' ? { exitCode } : {}),
    labels: textsIn(fieldsAt(config, 'Labels')),
    addresses: Object.fromEntries(addresses),
  };
};

/** Turns Docker's standard error into a failure. */
export const dockerFailure = (
  { stderr, timedOut }: Pick<ProgramAnswer, 'stderr' | 'timedOut'>,
  args: readonly string[],
): KnownFailure => {
  const facts = { command: args[0] === 'network' || args[0] === 'image' ? args.slice(0, 2).join(' ') : args[0] };
  const said = stderr
    .replace(/^docker: /, '')
    .replace(/\s*Run 'docker .*--help' for more information\s*$/, '')
    .replace(/^Error response from daemon: /, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 400);
  const failure = (type: string, sentence: string, retryable = false): KnownFailure =>
    new KnownFailure(type, said === '' ? sentence : `${sentence}: ${said}`, { retryable, facts });
  if (timedOut) return failure('DockerUnreachable', 'Docker did not come to an end in time', true);
  if (/Cannot connect to the Docker daemon|error during connect|permission denied while trying to connect/.test(said)) {
    return new KnownFailure('DockerUnreachable', describeSilence({ said }), { retryable: true, facts });
  }
  if (/port is already allocated|address already in use|ports are not available/.test(said)) {
    return failure(
      'DockerPortTaken',
      'A port to be published is in use: end the program that uses it, or choose another port',
    );
  }
  if (/is already in use by container|network with name .* already exists/.test(said)) {
    return failure(
      'DockerNameTaken',
      'A container or network of this name already exists: remove it, or choose another name',
    );
  }
  if (
    /No such image|Unable to find image|manifest unknown|manifest for .* not found|pull access denied|repository .* not found/.test(
      said,
    )
  ) {
    return failure('DockerImageMissing', 'The image is missing: check its name, and log in to its registry');
  }
  return failure('DockerFailed', 'Docker failed');
};
