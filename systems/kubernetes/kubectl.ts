/**
 * Runs kubectl with the common part of all calls: one context, an environment of its own, and failures instead of exit codes.
 */
import { delimiter, join } from 'node:path';
import { ensurePrivateFolder } from '../files/private-folder.js';
import { type Environment } from '../tools/index.js';
import { type ClusterOptions } from './cluster.js';
import { type Attempt, kubectlFailure, unanswered } from './failures.js';
import { createProgram, pick, type Program } from '../processes/program.js';

export interface KubectlCall extends Omit<Attempt, 'context' | 'action'> {
  /** Standard input, the place for secrets. */
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Kubectl {
  /** Its private folder, made if need be. */
  home(): Promise<string>;
  /**
   * Returns the output. The first word of the command names the action in failures.
   *
   * @throws KnownFailure as {@link kubectlFailure}.
   */
  run(command: readonly string[], call?: KubectlCall): Promise<string>;
}

/**
 * A kubeconfig of the lane's own says everything by itself, so that kubectl gets a private home and nothing else. The user's may
 * name a program that logs in (a cloud's, say), which looks for its settings in the user's home and variables: it gets them. The
 * user's preferences for kubectl itself change nothing in either case, and the cache is always a private one.
 */
export const kubectlEnvironment = ({
  environment,
  kubeconfig,
  folder,
}: Pick<ClusterOptions, 'environment' | 'kubeconfig' | 'folder'>): Record<string, string> => ({
  ...(kubeconfig === undefined
    ? pick(environment, Object.keys(environment))
    : { ...pick(environment, ['PATH']), HOME: folder }),
  KUBECONFIG: kubeconfig ?? usersKubeconfig(environment),
  KUBERC: 'off',
});

const usersKubeconfig = ({ KUBECONFIG, HOME }: Environment): string => {
  if (KUBECONFIG !== undefined && KUBECONFIG.split(delimiter).some((file) => file !== '')) return KUBECONFIG;
  return join(HOME ?? '/', '.kube', 'config');
};

/** The name that failures give to an unnamed context. */
export const currentContext = 'the current one';

export const createKubectl = ({
  kubectl,
  context,
  kubeconfig,
  environment,
  folder,
  requestTimeoutMs = 20_000,
  timeoutMs = 2 * requestTimeoutMs + 5_000,
}: ClusterOptions): Kubectl => {
  const common = [
    context === undefined ? [] : ['--context', context],
    ['--request-timeout', `${requestTimeoutMs}ms`],
    ['--cache-dir', join(folder, 'cache')],
  ].flat();
  let program: Promise<Program> | undefined;

  const prepare = async (): Promise<Program> => {
    const home = await ensurePrivateFolder(folder);
    return createProgram(
      kubectl,
      kubectlEnvironment({ environment, folder: home, ...(kubeconfig === undefined ? {} : { kubeconfig }) }),
    );
  };
  const prepared = (): Promise<Program> => {
    program ??= prepare().catch((error: unknown) => {
      program = undefined;
      throw error;
    });
    return program;
  };

  return {
    home: async () => {
      await prepared();
      return folder;
    },
    run: async (command, { input, signal, ...subject } = {}) => {
      const attempt = { context: context ?? currentContext, action: command[0] ?? '', ...subject };
      const run = await prepared();
      const answer = await run({
        args: [...common, ...command],
        ...(input === undefined ? {} : { input }),
        timeoutMs,
        signal,
      });
      if (answer.timedOut) throw unanswered(attempt, timeoutMs);
      if (answer.exitCode !== 0) throw kubectlFailure(answer.stderr, attempt);
      return answer.stdout;
    },
  };
};
