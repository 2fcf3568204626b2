/** Runs a command-line client to its end and answers what it printed: no shell, an environment made from nothing, a limit. */
import { setMaxListeners } from 'node:events';
import { execa } from 'execa';
import { KnownFailure } from '../../domain/known-failure.js';
import { describeBytes } from '../../domain/units.js';
import { type Environment } from '../tools/index.js';
import { notStarted } from './not-started.js';

export interface ProgramCall {
  /** Visible to every user of the machine: no secrets here. */
  readonly args: readonly string[];
  /** Standard input. Default: none. */
  readonly input?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ProgramAnswer {
  /** Absent: it ran into its limit, or a signal ended it. */
  readonly exitCode?: number;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramLimits {
  /** The limit of each output. Default: 64 Mi, twice the size of 50,000 objects of a cluster. */
  readonly mostCharacters?: number;
}

export type Program = (call: ProgramCall) => Promise<ProgramAnswer>;

/** The variables that are set. */
export const pick = (environment: Environment, names: readonly string[]): Record<string, string> => {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = environment[name];
    if (value !== undefined && value !== '') picked[name] = value;
  }
  return picked;
};

/**
 * A program that is cut short is killed at once: clients like these keep nothing that would have to be put in order.
 * Neither does a helper of theirs that goes on with our pipes keep us waiting, nor does one that prints for ever fill our memory.
 *
 * @throws KnownFailure `ProcessNotStarted`: it could not be spawned.
 * @throws KnownFailure `ProgramOutputTooLarge`: it printed more than it may, and was ended.
 * @throws the signal's reason if it aborts.
 */
export const createProgram =
  (
    file: string,
    env: Readonly<Record<string, string>>,
    { mostCharacters = 64 * 1024 * 1024 }: ProgramLimits = {},
  ): Program =>
  async ({ args, input, timeoutMs, signal }) => {
    signal?.throwIfAborted();
    const child = execa(file, args, {
      env,
      extendEnv: false,
      reject: false,
      stripFinalNewline: false,
      maxBuffer: mostCharacters,
      killSignal: 'SIGKILL',
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
    });
    if (child.pid === undefined) throw notStarted(file, await child);

    let cutShort = false;
    const cut = (): void => {
      cutShort = true;
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(cut, timeoutMs);
    if (signal !== undefined) {
      // A lane runs dozens at once under one signal, and each takes its listener back: Node would warn of a leak.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', cut, { once: true });
    }
    try {
      const { exitCode, stdout, stderr, isMaxBuffer } = await child;
      signal?.throwIfAborted();
      if (isMaxBuffer) throw tooLarge(file, mostCharacters);
      return cutShort || exitCode === undefined
        ? { timedOut: cutShort, stdout, stderr }
        : { exitCode, timedOut: false, stdout, stderr };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cut);
    }
  };

const tooLarge = (file: string, mostCharacters: number): KnownFailure =>
  new KnownFailure(
    'ProgramOutputTooLarge',
    `${file} printed more than ${describeBytes(mostCharacters)} and was ended: run it by hand to see what it prints.`,
  );
