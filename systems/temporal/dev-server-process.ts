/** Starts the dev server that the Temporal command line brings, with a database file and open to this machine only. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { searchAttributeNames } from '../../domain/contract/contract.js';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { errorCode } from '../files/storage-failure.js';
import { acceptsConnections } from '../processes/accepts-connections.js';
import { readLogTail } from '../processes/log-tail.js';
import { startBackgroundProcess } from '../processes/background-process.js';
import { isRunning, type ProcessIdentity } from '../processes/process-identity.js';
import { waitUntil } from '../waiting/wait-until.js';
import { answers } from './connect.js';
import { settingsOfOwnServer } from './connection-settings.js';

export interface DevServerProcess {
  /** Path of the `temporal` program. */
  readonly temporalPath: string;
  /** Holds the database and the log. */
  readonly folder: string;
  readonly port: number;
  readonly uiPort: number;
}

const host = '127.0.0.1';
const startTimeoutMs = 60_000;
const probeTimeoutMs = 2_000;

export const addressOf = (port: number): string => `${host}:${port}`;

/**
 * Starts the process; {@link awaitDevServer} waits until it is usable.
 *
 * @throws KnownFailure `TemporalServerNotStarted`.
 */
export const startDevServer = async ({
  temporalPath,
  folder,
  port,
  uiPort,
}: DevServerProcess): Promise<ProcessIdentity> => {
  const attributes = Object.values(searchAttributeNames).flatMap((name) => ['--search-attribute', `${name}=Keyword`]);
  const args = ['server', 'start-dev', '--db-filename', databaseOf(folder), '--log-level', 'error'];
  const listeners = ['--ip', host, '--port', String(port), '--ui-ip', host, '--ui-port', String(uiPort)];
  // With a rollback journal, SQLite's default, one drill takes twice and eight at once four times as long. A commit is on the disk either way.
  const journal = ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL'];
  // It would look for newer versions and for news on the internet.
  const quiet = ['--dynamic-config-value', 'frontend.enableServerVersionCheck=false', '--ui-disable-news-fetch'];
  try {
    return await startBackgroundProcess({
      file: temporalPath,
      args: [...args, ...journal, ...listeners, ...quiet, ...attributes],
      // None of the user's: TEMPORAL_… variables set flags of this program, too.
      env: {},
      cwd: folder,
      logFile: logOf(folder),
    });
  } catch (error) {
    throw isKnownFailure(error, 'ProcessNotStarted') ? await notStarted(folder, error) : error;
  }
};

/**
 * Waits until the server and its UI can be used.
 *
 * @throws KnownFailure `TemporalServerNotStarted`: it ended, or did not answer within a minute.
 */
export const awaitDevServer = async (
  identity: ProcessIdentity,
  { folder, port, uiPort }: Omit<DevServerProcess, 'temporalPath'>,
  signal?: AbortSignal,
): Promise<void> => {
  try {
    await waitUntil(
      async () => {
        if (!(await isRunning(identity))) throw await notStarted(folder);
        // A gRPC client that was refused once does not try again for a second: knock before asking.
        const open = (await acceptsConnections(port)) && (await acceptsConnections(uiPort));
        if (!open || !(await answers(settingsOfOwnServer(addressOf(port)), probeTimeoutMs))) return undefined;
        // Another program may have taken the port meanwhile and be the one that answers: ours has ended then.
        return (await isRunning(identity)) || undefined;
      },
      { what: 'the Temporal server', timeoutMs: startTimeoutMs, intervalMs: 25, ...(signal && { signal }) },
    );
    await keepPrivate(folder);
  } catch (error) {
    throw isKnownFailure(error, 'TimedOut') ? await notStarted(folder, error) : error;
  }
};

/** The server makes them open to others, and SQLite its side files with the database's mode: a folder that is opened later must not show them. */
const keepPrivate = async (folder: string): Promise<void> => {
  for (const file of ['', '-wal', '-shm', '-journal'].map((end) => `${databaseOf(folder)}${end}`)) {
    await chmod(file, 0o600).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
  }
};

/** The histories of every drill there was, for as long as they are kept. */
export const databaseOf = (folder: string): string => join(folder, 'temporal.db');
const logOf = (folder: string): string => join(folder, 'temporal.log');

const notStarted = async (folder: string, cause?: unknown): Promise<KnownFailure> => {
  const damaged = (await readLogTail(logOf(folder), 1)).includes('file is not a database');
  return new KnownFailure(
    'TemporalServerNotStarted',
    damaged
      ? `The Temporal server did not start because its database is damaged: move ${databaseOf(folder)} away; the reports of earlier drills are kept elsewhere.`
      : `The Temporal server did not start: ${logOf(folder)} says why.`,
    { cause },
  );
};
