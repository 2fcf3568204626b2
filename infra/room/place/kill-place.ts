/** Ends a place from outside, at once: its process is the first of a group, in which everything is that has no process numbers of its own. */
import { killBackgroundProcess } from '../../../systems/processes/background-process.js';
import { isRunning, type ProcessIdentity } from '../../../systems/processes/process-identity.js';

/** @throws KnownFailure `ProcessNotStopped` (a retry may help). */
export const killPlace = async (identity: ProcessIdentity): Promise<void> => {
  // A number whose process has ended may be another group's by now.
  if (await isRunning(identity)) killGroup(identity.pid);
  await killBackgroundProcess(identity);
};

/** Does nothing to a group that has ended, or that is another user's. */
export const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Who identified the process says what became of it.
  }
};
