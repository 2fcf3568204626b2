/** The containers of a compose lane, as whoever changes the lane sees them. They are driven by Compose, or by the keeper. */
import type { ServerName } from '../../made/names.js';
import type { LaneService } from '../names.js';

export interface ContainerState {
  readonly running: boolean;
  readonly exitCode?: number;
  /** Its address in each network that it is in. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Whom a server asks for its status: itself, or somebody at an address. */
export interface StatusQuestion {
  readonly address: string;
  /** To ask for with TLS. */
  readonly serverName?: string;
}

/** Of `bao status`: 0 unsealed, 2 sealed, 1 anything else, with the reason in what it printed. */
export interface StatusAnswer {
  readonly exitCode: number;
  readonly output: string;
}

/** Every method may throw KnownFailure `DockerUnreachable` (a retry may help) or another of its adapter. */
export interface LaneContainers {
  /** Starts what does not run, having made what is missing, where this side can make anything. */
  start(services: readonly LaneService[], signal?: AbortSignal): Promise<void>;
  /** Kills at once. Returns when its program has ended, and with it every connection. */
  kill(service: LaneService, signal?: AbortSignal): Promise<void>;
  /** Ends in good order. */
  stop(services: readonly LaneService[], signal?: AbortSignal): Promise<void>;
  /** Answers undefined when there is no container. */
  state(service: LaneService, signal?: AbortSignal): Promise<ContainerState | undefined>;
  /**
   * Runs `bao status` in a server's own container, and so with what its network lets it reach. Without a question it asks
   * its own server, past every edge.
   */
  status(server: ServerName, question?: StatusQuestion, signal?: AbortSignal): Promise<StatusAnswer>;
  /** What the service's container has printed, its last lines. */
  logs(service: LaneService, lines: number, signal?: AbortSignal): Promise<string>;
  /** Removes every container, network and volume, where this side has made them; else ends the servers and their edges. */
  remove(signal?: AbortSignal): Promise<void>;
}

/** What is run for a status; nobody waits long for an address that nobody is at. */
export const statusCommand = (question?: StatusQuestion): readonly string[] =>
  question === undefined
    ? ['bao', 'status', '-format=json']
    : [
        'bao',
        'status',
        '-format=json',
        `-address=${question.address}`,
        '-tls-skip-verify',
        ...(question.serverName === undefined ? [] : [`-tls-server-name=${question.serverName}`]),
      ];

/** Longer than the three seconds after which a network gives up looking for an address. */
export const statusVariables = { BAO_CLIENT_TIMEOUT: '6s', BAO_MAX_RETRIES: '0' } as const;
