/** Chooses the Temporal server that a command talks to. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { StateFolder } from '../../infra/state/state-folder.js';
import { type ClientConnection, connectClient } from '../../systems/temporal/connect.js';
import {
  loadTemporalSettings,
  settingsOfOwnServer,
  type TemporalSettings,
} from '../../systems/temporal/connection-settings.js';
import { asConnectFailure } from '../../systems/temporal/failures.js';
import {
  findDevServer,
  hasDevServerHistory,
  type JoinDevServerOptions,
  joinDevServer,
} from '../../systems/temporal/dev-server.js';
import type { OnProgress } from '../../systems/tools/index.js';
import { type Context, writeLine } from '../cli/context.js';
import { openToolBox, type Workspace } from '../cli/workspace.js';
import { isRefused } from './knock.js';

export interface TemporalServer extends ClientConnection {
  readonly settings: TemporalSettings;
  /** Known for servers that this program started. */
  readonly uiUrl?: string;
  /** Whether it is the state folder's own server. */
  readonly own: boolean;
}

/** The ports that Temporal's own CLI and its users expect. */
const usualPorts = { preferredPort: 7233, preferredUiPort: 8233 } as const;
const lookTimeoutMs = 3_000;

/**
 * The server for commands that need a worker: the one that the settings name, or else the state folder's own, which is started
 * if needed. Closing the latter stops it unless others use it.
 *
 * @param beforeStart called before a server is started, so that its failures come before a wait.
 * @throws KnownFailure as `connectClient` and `joinDevServer`; a named server that does not answer is never replaced.
 */
export const serverForDrill = async (
  { environment, interruption }: Context,
  workspace: Workspace,
  note: OnProgress,
  beforeStart: () => Promise<void> = async () => undefined,
): Promise<TemporalServer> => {
  const settings = loadTemporalSettings(environment);
  if (settings.named) return connectNamed(settings);
  if ((await findDevServer(workspace.stateFolder.temporal)) === undefined) await beforeStart();
  return bringOwnServer(workspace, { ...usualPorts, onProgress: note, signal: interruption.first });
};

/** @throws KnownFailure as `joinDevServer`. */
export const bringOwnServer = async (
  { stateFolder, tools }: Pick<Workspace, 'stateFolder' | 'tools'>,
  options: Omit<JoinDevServerOptions, 'folder' | 'temporalPath'> = usualPorts,
): Promise<TemporalServer> => {
  const { path: temporalPath } = await tools.ensure('temporal');
  const joined = await joinDevServer({ ...usualPorts, ...options, folder: stateFolder.temporal, temporalPath });
  try {
    const settings = settingsOfOwnServer(joined.address);
    const connected = await connectClient(settings);
    const close = async (): Promise<void> => {
      await connected.close();
      await joined.leave();
    };
    return { ...connected, close, settings, uiUrl: joined.uiUrl, own: true };
  } catch (error) {
    await joined.leave();
    throw error;
  }
};

/** The folder of a state folder's own server. */
export interface ServerPlace {
  readonly stateFolder: Pick<StateFolder, 'temporal'>;
}

/**
 * The server that the settings name, else the state folder's own if it runs; starts nothing. A server that merely listens at
 * the usual port counts as foreign until the settings name it.
 *
 * @throws KnownFailure `TemporalUnreachable`, `NamespaceMissing` or `TemporalAccessDenied`, of a named server.
 */
export const findRunningServer = async (
  { environment }: Pick<Context, 'environment'>,
  { stateFolder }: ServerPlace,
): Promise<TemporalServer | undefined> => {
  const settings = loadTemporalSettings(environment);
  if (settings.named) return connectNamed(settings);
  const running = await findDevServer(stateFolder.temporal);
  if (running === undefined) return undefined;
  const own = settingsOfOwnServer(running.address);
  return {
    ...(await connectClient(own, { timeoutMs: lookTimeoutMs })),
    settings: own,
    uiUrl: running.uiUrl,
    own: true,
  };
};

/**
 * Like {@link findRunningServer}, but the state folder's own server is restarted if it has run before, because only it knows
 * its drills. Closing it then stops it.
 *
 * @returns undefined if no server is named and the state folder never had one.
 */
export const findServer = async (
  context: Context,
  place: Pick<Workspace, 'stateFolder'>,
): Promise<TemporalServer | undefined> => {
  const running = await findRunningServer(context, place);
  if (running !== undefined) return running;
  if (!(await hasDevServerHistory(place.stateFolder.temporal))) return undefined;
  const tell = (message: string): void => writeLine(context.stderr, message);
  const workspace = { ...place, tools: openToolBox(context, tell) };
  return bringOwnServer(workspace, { ...usualPorts, onProgress: tell, signal: context.interruption.first });
};

/**
 * @throws KnownFailure `NoTemporalServer`: no server is named, and the state folder never had one.
 * @throws KnownFailure as {@link findServer}.
 */
export const requireServer = async (
  context: Context,
  workspace: Pick<Workspace, 'stateFolder'>,
): Promise<TemporalServer> => {
  const server = await findServer(context, workspace);
  if (server !== undefined) return server;
  throw new KnownFailure(
    'NoTemporalServer',
    `No Temporal server has run for this state folder: ${await howToName(context)}.`,
    {
      retryable: true,
    },
  );
};

/** A server at the port of Temporal's CLI is only mentioned, because it may be foreign. */
const howToName = async ({ environment }: Context): Promise<string> => {
  const { address } = loadTemporalSettings(environment);
  const start = 'start one with `openbao-dr dev`';
  return (await isRefused(address))
    ? `${start}, or name yours with TEMPORAL_ADDRESS`
    : `${start}; if the one at ${address} is yours, name it with TEMPORAL_ADDRESS=${address}`;
};

const connectNamed = async (settings: TemporalSettings): Promise<TemporalServer> => {
  // A gRPC client that is refused would try until its deadline.
  if (await isRefused(settings.address)) throw asConnectFailure(undefined, settings);
  return { ...(await connectClient(settings, { timeoutMs: lookTimeoutMs })), settings, own: false };
};
