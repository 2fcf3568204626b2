/** Runs one command line over a context, and turns its end into an exit code and one sentence. */
import type { Context, ExitCode } from './cli/context.js';
import { describeFailure } from './cli/failures.js';
import { createProgram } from './program.js';
import { writeLine } from './cli/context.js';
import { UsageMistake } from './cli/usage.js';

/** @param args the words after the program's name. */
export const runProgram = async (args: readonly string[], context: Context): Promise<ExitCode> => {
  let exitCode: ExitCode = 0;
  const program = createProgram(context, (code) => (exitCode = code));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    const { debug = false } = program.opts<{ debug?: boolean }>();
    const described = describeFailure(error, context.interruption.first.aborted, debug);
    if (described.sentence !== undefined) writeLine(context.stderr, described.sentence);
    if (debug && !(error instanceof UsageMistake)) {
      writeLine(context.stderr, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    return described.exitCode;
  }
};
