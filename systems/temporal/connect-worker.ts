/** Connections of workers: the native one, apart from the clients' so that short commands need not load it. */
import { NativeConnection } from '@temporalio/worker';
import type { TemporalSettings } from './connection-settings.js';
import { type ConnectOptions, describeNamespace } from './connect.js';
import { asConnectFailure } from './failures.js';
import { describeMs } from '../../domain/units.js';

/**
 * Connects a worker, and makes sure that the namespace is there: a worker that opens its own connection hangs when nothing
 * answers.
 *
 * @throws KnownFailure as `connectClient`.
 */
export const connectWorker = async (
  settings: TemporalSettings,
  { timeoutMs = 5_000 }: ConnectOptions = {},
): Promise<NativeConnection> => {
  const connection = await withinTime(NativeConnection.connect(settings.connectionOptions), timeoutMs).catch(
    (error: unknown) => {
      throw asConnectFailure(error, settings);
    },
  );
  try {
    await connection.withDeadline(Date.now() + timeoutMs, () => describeNamespace(connection, settings.namespace));
    return connection;
  } catch (error) {
    await connection.close();
    throw asConnectFailure(error, settings);
  }
};

/** The native connection has no time limit of its own; one that comes too late is closed again. */
const withinTime = async (connecting: Promise<NativeConnection>, timeoutMs: number): Promise<NativeConnection> => {
  let deadline: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    deadline = setTimeout(() => reject(new Error(`not connected within ${describeMs(timeoutMs)}`)), timeoutMs);
  });
  try {
    return await Promise.race([connecting, tooLate]);
  } catch (error) {
    void connecting.then((connection) => connection.close()).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(deadline);
  }
};
