/** Handles output that can no longer be written: the command stops in good order, and does not claim success. */
import { setImmediate } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { errorCode } from '../../systems/files/storage-failure.js';
import { type Context, type ExitCode, writeLine } from './context.js';

interface Outputs {
  /**
   * Waits until everything is written, because an earlier exit would cut the output of a slow pipe.
   *
   * @param exitCode the command's own exit code.
   * @returns the same, or 2 if output was lost although its reader still wanted it.
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
      // The terminal is gone.
      if (code === 'EIO' && output.isTTY === true) return interruption.hangUp();
      // Every further write fails as well: all of them count as one Ctrl-C, and as none after a second real one.
      if (!interruption.first.aborted && !interruption.second.aborted) interruption.raise();
      // The reader has seen enough, as `head` has.
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
      // Errors arrive after their write.
      await setImmediate();
      return lost ? 2 : exitCode;
    },
  };
};

const written = async (output: Writable): Promise<void> => {
  // A broken stream keeps its writes, and never reports it.
  if (output.errored === null) await new Promise<void>((resolve) => output.write('', () => resolve()));
};
