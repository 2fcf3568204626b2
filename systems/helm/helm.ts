/**
 * Runs Helm, which installs a chart into a cluster, and removes it. Values go to its standard input, because they may be
 * secret.
 */
import { join } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import { ensurePrivateFolder } from '../files/private-folder.js';
import { type CallOptions, type ClusterOptions } from '../kubernetes/cluster.js';
import { kubectlFailure } from '../kubernetes/failures.js';
import { kubectlEnvironment } from '../kubernetes/kubectl.js';
import { createProgram, type ProgramCall } from '../processes/program.js';

export interface HelmRelease {
  readonly release: string;
  /** A chart's folder or archive, `oci://…`, or its name in `repository`. */
  readonly chart: string;
  /** `https://…` of a repository of charts. */
  readonly repository?: string;
  /** Default: the newest. Name one: a release should not differ from one day to the next. */
  readonly version?: string;
  readonly namespace: string;
  /** How long Helm waits for everything to be ready. */
  readonly timeoutSeconds: number;
}

export type InstalledRelease = Pick<HelmRelease, 'release' | 'namespace' | 'timeoutSeconds'>;

/** Installs the release or brings it up to date, and waits until everything is ready. Values come on standard input. */
export const helmUpgradeCommand = (
  context: string,
  { release, chart, repository, version, namespace, timeoutSeconds }: HelmRelease,
): readonly string[] => [
  'upgrade',
  release,
  chart,
  '--install',
  '--kube-context',
  context,
  '--namespace',
  namespace,
  '--create-namespace',
  ...(repository === undefined ? [] : ['--repo', repository]),
  ...(version === undefined ? [] : ['--version', version]),
  '--values',
  '-',
  '--wait',
  '--timeout',
  `${timeoutSeconds}s`,
];

/** Removes everything that the release installed, and waits until it is gone. A missing release is fine. */
export const helmUninstallCommand = (
  context: string,
  { release, namespace, timeoutSeconds }: InstalledRelease,
): readonly string[] => [
  'uninstall',
  release,
  '--kube-context',
  context,
  '--namespace',
  namespace,
  '--ignore-not-found',
  '--wait',
  '--timeout',
  `${timeoutSeconds}s`,
];

export interface HelmOptions extends Omit<ClusterOptions, 'kubectl' | 'context' | 'requestTimeoutMs' | 'timeoutMs'> {
  readonly context: string;
  /** Path of the program. */
  readonly helm: string;
}

export interface Helm {
  /**
   * Safe to repeat.
   *
   * @throws KnownFailure `HelmReleaseBusy`: another Helm has the release, or one was ended half-way.
   * @throws KnownFailure `TimedOut` (a retry may help): it is installed, and not ready.
   * @throws KnownFailure `HelmFailed`, in Helm's words; where they are the API server's, one of {@link Cluster}'s.
   */
  upgrade(release: HelmRelease, values: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<void>;
  /**
   * Leaves what the chart has under `crds/`, and what it says is to be kept. Safe to repeat, also after one that was cut short.
   *
   * @throws KnownFailure `TimedOut` (a retry may help): its removal began, and some of it still exists.
   * @throws KnownFailure `HelmFailed`, and {@link Cluster}'s, as {@link upgrade}.
   */
  uninstall(release: InstalledRelease, options?: CallOptions): Promise<void>;
}

/** Helm's own limit covers the waiting alone. */
const graceMs = 60_000;

export const createHelm = ({ helm, context, kubeconfig, environment, folder }: HelmOptions): Helm => {
  const run = async (
    action: HelmAction,
    release: InstalledRelease,
    call: Pick<ProgramCall, 'args' | 'input' | 'signal'>,
  ): Promise<void> => {
    const home = await ensurePrivateFolder(folder);
    const program = createProgram(helm, {
      ...kubectlEnvironment({ environment, folder: home, ...(kubeconfig === undefined ? {} : { kubeconfig }) }),
      HELM_CACHE_HOME: join(home, 'helm', 'cache'),
      HELM_CONFIG_HOME: join(home, 'helm', 'config'),
      HELM_DATA_HOME: join(home, 'helm', 'data'),
    });
    const timeoutMs = release.timeoutSeconds * 1000 + graceMs;
    const { exitCode, stderr } = await program({ ...call, timeoutMs });
    if (exitCode === 0) return;
    throw helmFailure(exitCode === undefined ? 'timed out waiting' : stderr, context, release, action);
  };
  return {
    upgrade: (release, values, { signal } = {}) =>
      // JSON is YAML, too.
      run('upgrade', release, { args: helmUpgradeCommand(context, release), input: JSON.stringify(values), signal }),
    uninstall: (release, { signal } = {}) =>
      run('uninstall', release, { args: helmUninstallCommand(context, release), signal }),
  };
};

type HelmAction = 'upgrade' | 'uninstall';

const outOfTime: Readonly<Record<HelmAction, string>> = {
  upgrade: "Helm's resources did not become ready in time: look at their pods, or allow more time",
  uninstall: "Helm's resources were not removed in time: look for finalizers that keep them, and try again",
};

/** Turns Helm's standard error into a failure. */
export const helmFailure = (
  stderr: string,
  context: string,
  { release, namespace }: Pick<HelmRelease, 'release' | 'namespace'>,
  action: HelmAction = 'upgrade',
): KnownFailure => {
  const facts = { context, release, namespace };
  const said = stderr
    .split('\n')
    .filter((line) => !/^(Release ".*" does not exist|WARNING: |[IWE]\d{4} |level=)/.test(line))
    .join(' ')
    .replace(/\s+/g, ' ')
    .replace(/^Error: /, '')
    .trim()
    .slice(0, 400);
  if (/another operation .* is in progress/.test(said)) {
    return new KnownFailure(
      'HelmReleaseBusy',
      'Another Helm has this release, or one was ended half-way: see helm history, and roll back what is pending',
      { facts },
    );
  }
  if (/context deadline exceeded|timed out waiting|not ready/.test(said) && !/unreachable/.test(said)) {
    return new KnownFailure('TimedOut', outOfTime[action], { retryable: true, facts });
  }
  if (/cluster unreachable: | is forbidden: | is invalid: |denied (?:the )?request|failed calling webhook/.test(said)) {
    const words = said.replace(/^.*?cluster unreachable: /, '');
    return kubectlFailure(words, { context, action: `helm ${action}`, object: release, namespace });
  }
  return new KnownFailure('HelmFailed', said === '' ? 'Helm failed and did not say why' : `Helm failed: ${said}`, {
    facts,
  });
};
