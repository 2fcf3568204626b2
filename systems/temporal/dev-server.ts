/**
 * One Temporal dev server for all processes of a state folder: the first one starts it, the last one stops it. Who uses it is
 * written down with the process's identity, so that users that died do not keep it alive.
 */
import { randomUUID } from 'node:crypto';
import { access, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { withFileLock } from '../files/file-lock.js';
import { readJsonFile, writeJsonFile } from '../files/json-file.js';
import { ensurePrivateFolder } from '../files/private-folder.js';
import { stopBackgroundProcess } from '../processes/background-process.js';
import { assertPortFree, findFreePorts } from '../processes/free-ports.js';
import { identifyProcess, isRunning } from '../processes/process-identity.js';
import { waitUntil } from '../waiting/wait-until.js';
import { defaultNamespace } from './connection-settings.js';
import { addressOf, awaitDevServer, databaseOf, startDevServer } from './dev-server-process.js';
import { keepHistories } from './keep-histories.js';

export interface JoinDevServerOptions {
  /** A private folder for the database, the log, and who uses the server; made if need be. */
  readonly folder: string;
  /** Path of the `temporal` program. */
  readonly temporalPath: string;
  /** Must be free, and is kept to. */
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  /** Taken if free, when no port is given. Default: any free one. */
  readonly preferredPort?: number | undefined;
  readonly preferredUiPort?: number | undefined;
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
}

export interface RunningDevServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string;
}

export interface JoinedDevServer extends RunningDevServer {
  /** Stops the server unless others use it. Safe to repeat. */
  leave(): Promise<void>;
}

const processSchema = z.object({ pid: z.number(), startedAt: z.string() });
const recordSchema = z.object({
  server: processSchema,
  port: z.number(),
  uiPort: z.number(),
  users: z.array(processSchema.extend({ id: z.string() })),
});
type ServerRecord = z.infer<typeof recordSchema>;
type User = ServerRecord['users'][number];

const stopGraceMs = 10_000;
const settleTimeoutMs = 3_000;
const serverPort = 'the Temporal server';
const uiServerPort = "Temporal's UI";

/**
 * Joins the folder's server, starting it if it does not run. A server that crashed is started again, on the same ports if
 * others still use it.
 *
 * @throws KnownFailure `PortInUse` or `PortNotAllowed`, of a given port.
 * @throws KnownFailure `TemporalServerElsewhere`: it runs already, on another port than the given one.
 * @throws KnownFailure `TemporalServerNotStarted`, naming the log or the damaged database.
 * @throws KnownFailure `CorruptedState`, `FolderNotUsable`, `DiskFull`, `NotWritable` or `LockHeld`.
 */
export const joinDevServer = async (options: JoinDevServerOptions): Promise<JoinedDevServer> => {
  const folder = await ensurePrivateFolder(options.folder);
  const user = await thisProcess();
  const record = await locked(folder, options.signal, async () => {
    const known = await readRecord(folder);
    const users = [...(await living(known?.users ?? [])), user];
    if (known === undefined || !(await serves(known, folder))) {
      return oneAtATime(options.signal, () => start(folder, options, known, users));
    }
    assertSamePorts(known, options);
    options.onProgress?.(`Joining the Temporal server at ${addressOf(known.port)}`);
    return writeRecord(folder, { ...known, users });
  });
  return { ...describe(record), leave: () => leave(folder, user) };
};

/** The folder's server if it runs, without joining it: it may be gone a moment later. */
export const findDevServer = async (folder: string): Promise<RunningDevServer | undefined> => {
  const record = await readRecord(folder);
  return record !== undefined && (await isRunning(record.server)) ? describe(record) : undefined;
};

/** Whether the folder's server has ever run: then it knows of earlier drills, running or not. */
export const hasDevServerHistory = (folder: string): Promise<boolean> =>
  access(databaseOf(folder)).then(
    () => true,
    () => false,
  );

const leave = (folder: string, { id }: User): Promise<void> =>
  locked(folder, undefined, async () => {
    const record = await readRecord(folder);
    if (record === undefined) return;
    const users = await living(record.users.filter((user) => user.id !== id));
    if (users.length > 0) await writeRecord(folder, { ...record, users });
    else await stop(folder, record);
  });

/**
 * Servers of two state folders that start at the same moment would both find the usual port free; the one that loses it
 * would take the other's answers for its own. So this user's servers start one after another.
 */
const oneAtATime = <T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> =>
  withFileLock(join(tmpdir(), `openbao-dr-${process.getuid?.() ?? 'user'}.starting`), run, {
    timeoutMs: lockTimeoutMs,
    ...(signal && { signal }),
  });

const start = async (
  folder: string,
  { temporalPath, onProgress, signal, ...wishes }: JoinDevServerOptions,
  crashed: ServerRecord | undefined,
  users: readonly User[],
): Promise<ServerRecord> => {
  if (crashed !== undefined) await settled(crashed);
  const others = users.length > 1 ? crashed : undefined;
  const port = await choosePort(wishes.port, others?.port ?? wishes.preferredPort, serverPort, new Set());
  const uiPort = await choosePort(
    wishes.uiPort,
    others?.uiPort ?? wishes.preferredUiPort,
    uiServerPort,
    new Set([port]),
  );
  onProgress?.(`Starting the Temporal server at ${addressOf(port)}`);
  const server = await startDevServer({ temporalPath, folder, port, uiPort });
  const record = { server, port, uiPort, users: [...users] };
  try {
    // Written before the server answers: should this process die now, the next one finds the server.
    await writeRecord(folder, record);
    await awaitDevServer(server, { folder, port, uiPort }, signal);
    await keepHistories(addressOf(port));
    return record;
  } catch (error) {
    await stop(folder, record);
    throw error;
  }
};

/** A server that runs but does not answer is stopped, because it keeps the database locked. */
const serves = async ({ server, port, uiPort }: ServerRecord, folder: string): Promise<boolean> => {
  if (!(await isRunning(server))) return false;
  try {
    await awaitDevServer(server, { folder, port, uiPort });
    return true;
  } catch (error) {
    if (!isKnownFailure(error, 'TemporalServerNotStarted')) throw error;
    await stopBackgroundProcess(server, { graceMs: stopGraceMs });
    return false;
  }
};

const stop = async (folder: string, { server }: ServerRecord): Promise<void> => {
  await stopBackgroundProcess(server, { graceMs: stopGraceMs });
  await rm(recordOf(folder), { force: true });
};

/** A process that was killed has its ports, and its database, for as long as its last thread takes to end. */
const settled = async ({ port, uiPort }: ServerRecord): Promise<void> => {
  const free = async () => (await isFree(port, serverPort)) && (await isFree(uiPort, uiServerPort));
  try {
    await waitUntil(async () => (await free()) || undefined, { what: 'its ports', timeoutMs: settleTimeoutMs });
  } catch (error) {
    // Another program has taken one of the ports meanwhile.
    if (!isKnownFailure(error, 'TimedOut')) throw error;
  }
};

const choosePort = async (
  given: number | undefined,
  preferred: number | undefined,
  what: string,
  avoid: ReadonlySet<number>,
): Promise<number> => {
  if (given !== undefined) {
    await assertPortFree(given, what);
    return given;
  }
  if (preferred !== undefined && !avoid.has(preferred) && (await isFree(preferred, what))) return preferred;
  const [free] = await findFreePorts(1, { avoid });
  return free!;
};

const isFree = async (port: number, what: string): Promise<boolean> => {
  try {
    await assertPortFree(port, what);
    return true;
  } catch (error) {
    if (isKnownFailure(error)) return false;
    throw error;
  }
};

const assertSamePorts = (running: ServerRecord, { port, uiPort }: JoinDevServerOptions): void => {
  if ((port ?? running.port) === running.port && (uiPort ?? running.uiPort) === running.uiPort) return;
  throw new KnownFailure(
    'TemporalServerElsewhere',
    `The Temporal server of this state folder runs already, at ${addressOf(running.port)} with its UI at port ${running.uiPort}: leave the ports out to join it, or end what uses it.`,
    { facts: { usedByProcesses: running.users.map(({ pid }) => pid).join(' ') } },
  );
};

const describe = ({ port, uiPort }: ServerRecord): RunningDevServer => ({
  address: addressOf(port),
  namespace: defaultNamespace,
  uiUrl: `http://${addressOf(uiPort)}`,
});

const thisProcess = async (): Promise<User> => {
  const identity = await identifyProcess(process.pid);
  if (identity === undefined) throw new Error('This process cannot be identified.');
  return { ...identity, id: randomUUID() };
};

const living = async (users: readonly User[]): Promise<User[]> => {
  const alive = await Promise.all(users.map(isRunning));
  return users.filter((_, index) => alive[index]);
};

const recordOf = (folder: string): string => join(folder, 'server.json');

const readRecord = (folder: string): Promise<ServerRecord | undefined> =>
  readJsonFile(recordOf(folder), (value) => recordSchema.parse(value));

const writeRecord = async (folder: string, record: ServerRecord): Promise<ServerRecord> => {
  await writeJsonFile(recordOf(folder), record);
  return record;
};

/** Longer than a start and a stop take together. */
const lockTimeoutMs = 120_000;

const locked = <T>(folder: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> =>
  withFileLock(join(folder, 'server.lock'), run, { timeoutMs: lockTimeoutMs, ...(signal && { signal }) });
