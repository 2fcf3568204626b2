/** Helm, which installs a chart into a cluster. Values go to its standard input: they may hold what no command line should. */
import { join } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import { ensurePrivateFolder } from '../files/private-folder.js';
import { type CallOptions, type ClusterOptions } from './cluster.js';
import { kubectlFailure } from './failures.js';
import { kubectlEnvironment } from './kubectl.js';
import { createProgram } from '../processes/program.js';

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

export interface HelmOptions extends Omit<ClusterOptions, 'kubectl' | 'requestTimeoutMs' | 'timeoutMs'> {
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
}

/** Helm's own limit covers the waiting alone. */
const graceMs = 60_000;

export const createHelm = ({ helm, context, kubeconfig, environment, folder }: HelmOptions): Helm => ({
  upgrade: async (release, values, { signal } = {}) => {
    const home = await ensurePrivateFolder(folder);
    const run = createProgram(helm, {
      ...kubectlEnvironment({ environment, folder: home, ...(kubeconfig === undefined ? {} : { kubeconfig }) }),
      HELM_CACHE_HOME: join(home, 'helm', 'cache'),
      HELM_CONFIG_HOME: join(home, 'helm', 'config'),
      HELM_DATA_HOME: join(home, 'helm', 'data'),
    });
    const { exitCode, stderr } = await run({
      args: helmUpgradeCommand(context, release),
      // JSON is YAML, too.
      input: JSON.stringify(values),
      timeoutMs: release.timeoutSeconds * 1000 + graceMs,
      signal,
    });
    if (exitCode !== 0) throw helmFailure(exitCode === undefined ? 'timed out waiting' : stderr, context, release);
  },
});

/** What Helm says on standard error, as a failure. */
export const helmFailure = (
  stderr: string,
  context: string,
  { release, namespace }: Pick<HelmRelease, 'release' | 'namespace'>,
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
    return new KnownFailure(
      'TimedOut',
      'What Helm installed did not become ready in time: look at its pods, or allow more time',
      { retryable: true, facts },
    );
  }
  if (/cluster unreachable: | is forbidden: | is invalid: |denied (?:the )?request|failed calling webhook/.test(said)) {
    const words = said.replace(/^.*?cluster unreachable: /, '');
    return kubectlFailure(words, { context, action: 'helm upgrade', object: release, namespace });
  }
  return new KnownFailure('HelmFailed', said === '' ? 'Helm failed and did not say why' : `Helm failed: ${said}`, {
    facts,
  });
};
