/** Which Temporal server a command talks to. */
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import type { StateFolder } from '../../infra/state-folder.js';
import { type ClientConnection, connectClient } from '../../systems/temporal/connect.js';
import {
  loadTemporalSettings,
  settingsOfOwnServer,
  type TemporalSettings,
} from '../../systems/temporal/connection-settings.js';
import { findDevServer, type JoinDevServerOptions, joinDevServer } from '../../systems/temporal/dev-server.js';
import type { Environment, OnProgress } from '../../systems/tools/index.js';
import type { Context } from '../context.js';
import type { Workspace } from '../workspace.js';
import { isRefused } from './knock.js';

export interface TemporalServer extends ClientConnection {
  readonly settings: TemporalSettings;
  /** Known of servers that this program brought. */
  readonly uiUrl?: string;
  /** Whether it is the state folder's own. */
  readonly own: boolean;
}

/** The ports that Temporal's own CLI and its users expect. */
const usualPorts = { preferredPort: 7233, preferredUiPort: 8233 } as const;
const lookTimeoutMs = 3_000;
/** Nobody said that there is a server at the usual address of this machine: a short look will do. */
const guessTimeoutMs = 1_000;

/**
 * For a drill: the server that the environment names, if it answers, else the state folder's own, which is started if it
 * has to be. Closing the latter stops it unless others use it.
 *
 * @param beforeStart called before one is started: whatever it throws is told before anybody has waited for a server.
 * @throws KnownFailure as `connectClient` and `joinDevServer`; a named server that does not answer is only noted.
 */
export const serverForDrill = async (
  { environment, interruption }: Context,
  workspace: Workspace,
  note: OnProgress,
  beforeStart: () => Promise<void>,
): Promise<TemporalServer> => {
  const settings = loadTemporalSettings(environment);
  if (settings.named) {
    const named = await connectIfThere(settings);
    if (named !== undefined) return named;
    note(`No Temporal server answers at ${settings.address}, which the settings name: bringing one of our own.`);
  }
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

/** For a look: the named server, else the state folder's own if it runs, else whatever answers at the usual address. */
export const findServer = async (
  environment: Environment,
  { stateFolder }: { readonly stateFolder: Pick<StateFolder, 'temporal'> },
): Promise<TemporalServer | undefined> => {
  const settings = loadTemporalSettings(environment);
  if (settings.named) {
    const named = await connectIfThere(settings);
    if (named !== undefined) return named;
  }
  const running = await findDevServer(stateFolder.temporal);
  if (running !== undefined) {
    const own = await connectIfThere(settingsOfOwnServer(running.address));
    if (own !== undefined) return { ...own, uiUrl: running.uiUrl, own: true };
  }
  return settings.named ? undefined : connectIfThere(settings, guessTimeoutMs);
};

/** @throws KnownFailure `NoTemporalServer`: nothing answers anywhere. */
export const requireServer = async (
  context: Context,
  workspace: Pick<Workspace, 'stateFolder'>,
): Promise<TemporalServer> => {
  const server = await findServer(context.environment, workspace);
  if (server !== undefined) return server;
  const { address, named } = loadTemporalSettings(context.environment);
  const sentence = named
    ? `No Temporal server answers, neither ${address}, which the settings name, nor one of the state folder: start it, or start one of your own with \`openbao-dr dev\`.`
    : 'No Temporal server runs: start one with `openbao-dr dev`, which shows earlier drills, too.';
  throw new KnownFailure('NoTemporalServer', sentence, { retryable: true });
};

const connectIfThere = async (
  settings: TemporalSettings,
  timeoutMs = lookTimeoutMs,
): Promise<TemporalServer | undefined> => {
  if (await isRefused(settings.address)) return undefined;
  try {
    return { ...(await connectClient(settings, { timeoutMs })), settings, own: false };
  } catch (error) {
    if (isKnownFailure(error, 'TemporalUnreachable')) return undefined;
    throw error;
  }
};
