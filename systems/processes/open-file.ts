/** Opens a file with the program that the user's desktop has for it. */
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { KnownFailure } from '../../domain/known-failure.js';

/** Long enough for a desktop to answer; the browser itself goes on without us. */
const timeoutMs = 10_000;

/**
 * @param platform as `process.platform` and `process.arch` spell it.
 * @param environment the user's whole environment: a desktop is found through it.
 * @throws KnownFailure `NothingOpensFiles`: there is no desktop, or it has no program for the file.
 */
export const openFile = async (
  path: string,
  platform: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> => {
  const program = platform.startsWith('darwin-') ? 'open' : 'xdg-open';
  const { failed } = await execa(program, [pathToFileURL(path).href], {
    env: environment,
    extendEnv: false,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
    timeout: timeoutMs,
    reject: false,
  });
  if (!failed) return;
  throw new KnownFailure(
    'NothingOpensFiles',
    `No program of this machine opens it: open ${path} in a browser yourself.`,
  );
};
