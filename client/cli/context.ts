/** Everything that the command line needs from its process, passed in so that it can run without one. */
import type { Readable, Writable } from 'node:stream';
import type { Environment } from '../../systems/tools/index.js';
import type { Interruption } from './interruption.js';

export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
export type Input = Readable & { readonly isTTY?: boolean };

export interface Context {
  readonly environment: Environment;
  readonly homeFolder: string;
  /** The name that people are asked to confirm when they decide; undefined if the system does not know it. */
  readonly userName: string | undefined;
  /** Version of this program. */
  readonly version: string;
  readonly nodeVersion: string;
  /** As `process.platform` and `process.arch` spell it: `linux-x64`. */
  readonly platform: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly interruption: Interruption;
}

/** Options every command takes. */
export interface GlobalOptions {
  readonly stateDir?: string;
  readonly debug?: boolean;
  /** Print no progress, only the result and failures. */
  readonly quiet?: boolean;
  /** False: no colors, also on a terminal. */
  readonly color?: boolean;
}

/** 0: passed or done. 1: the drill ran and did not pass. 2: it could not run. 130: interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Prints a command's progress on standard error, unless it is to be quiet. */
export const progressTo =
  ({ stderr }: Pick<Context, 'stderr'>, { quiet = false }: Pick<GlobalOptions, 'quiet'>) =>
  (message: string): void => {
    if (!quiet) writeLine(stderr, message);
  };

export const writeLine = (output: Writable, text: string): void => void output.write(`${text}\n`);

export const writeJson = (output: Writable, value: unknown): void =>
  void output.write(`${JSON.stringify(value, undefined, 2)}\n`);
