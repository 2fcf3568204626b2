/** The command line's surroundings without a process: what it prints is kept, and nothing is read from the machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { Context, ExitCode } from '../../client/cli/context.js';
import { createInterruption } from '../../client/cli/interruption.js';
import { runProgram } from '../../client/run-program.js';

export interface Collected extends Writable {
  text(): string;
}

export const collect = (terminal: { readonly columns?: number } | undefined = undefined): Collected => {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  return Object.assign(stream, { text: () => text, ...(terminal !== undefined && { isTTY: true, ...terminal }) });
};

export interface TestContext extends Context {
  readonly stdout: Collected;
  readonly stderr: Collected;
}

export const createTestContext = (change: Partial<TestContext> = {}): TestContext => ({
  environment: {},
  homeFolder: '/nonexistent/home',
  userName: 'ann',
  version: '1.2.3',
  nodeVersion: 'v20.19.0',
  platform: 'linux-x64',
  stdin: new PassThrough(),
  stdout: collect(),
  stderr: collect(),
  interruption: createInterruption(),
  ...change,
});

export interface Answer {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Types one command line. */
export const type = async (args: readonly string[], change: Partial<TestContext> = {}): Promise<Answer> => {
  const context = createTestContext(change);
  const exitCode = await runProgram(args, context);
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
};

/** A folder that is gone when the test is over. */
export const temporaryFolder = async (): Promise<AsyncDisposable & { readonly path: string }> => {
  const path = await mkdtemp(join(tmpdir(), 'openbao-dr-client-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};
