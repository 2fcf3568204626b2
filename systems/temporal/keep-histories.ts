/** A dev server forgets what has ended after a day; reports are kept for good, and so are the histories that they name. */
import { connectClient } from './connect.js';
import { defaultNamespace, settingsOfOwnServer } from './connection-settings.js';

/** Ten years: Temporal knows no "for ever". Counted from the end of each drill. */
export const keptSeconds = 10 * 365 * 86_400;

/**
 * Lets a server that this program brought keep the histories of drills that end from now on. Safe to repeat.
 *
 * @param address `host:port`.
 * @throws KnownFailure as `connectClient`.
 */
export const keepHistories = async (address: string): Promise<void> => {
  const connected = await connectClient(settingsOfOwnServer(address));
  try {
    await connected.connection.workflowService.updateNamespace({
      namespace: defaultNamespace,
      config: { workflowExecutionRetentionTtl: { seconds: keptSeconds as never } },
    });
  } finally {
    await connected.close();
  }
};
