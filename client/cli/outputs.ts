/** What a command does when its output can no longer be written: it stops in good order, and does not claim success. */
import { setImmediate } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { errorCode } from '../../systems/files/storage-failure.js';
import { type Context, type ExitCode, writeLine } from './context.js';

interface Outputs {
  /**
   * Waits until everything is written: leaving earlier cuts what a pipe has not taken yet.
   *
   * @param exitCode what the command came to.
   * @returns the same, or 2 if output was lost although somebody still wanted it.
   */
  finish(exitCode: ExitCode): Promise<ExitCode>;
}

/** Listens for as long as the process lives. */
export const watchOutputs = ({
  stdout,
  stderr,
  interruption,
}: Pick<Context, 'stdout' | 'stderr' | 'interruption'>): Outputs => {
  let lost = false;
  const onError =
    (output: Context['stdout']) =>
    (error: unknown): void => {
      const code = errorCode(error);
      // A terminal that is gone.
      if (code === 'EIO' && output.isTTY === true) return interruption.hangUp();
      // Every further write fails as well: one Ctrl-C is meant, and none once somebody wants to leave at once.
      if (!interruption.first.aborted && !interruption.second.aborted) interruption.raise();
      // Whoever reads has seen enough, as `head` does.
      if (code === 'EPIPE' || lost) return;
      lost = true;
      if (output === stderr) return;
      writeLine(
        stderr,
        `Standard output cannot be written: make room where it goes, or send it elsewhere. The code is ${code}.`,
      );
    };
  for (const output of [stdout, stderr]) output.on('error', onError(output));

  return {
    async finish(exitCode) {
      await Promise.all([stdout, stderr].map(written));
      // Errors are told after the write they belong to.
      await setImmediate();
      return lost ? 2 : exitCode;
    },
  };
};

const written = async (output: Writable): Promise<void> => {
  // A broken stream keeps what is written to it, and never tells.
  if (output.errored === null) await new Promise<void>((resolve) => output.write('', () => resolve()));
};
