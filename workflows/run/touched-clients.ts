import type { PairSide } from '../../domain/pair/topology.js';

/** One move of the clients, as far as it got. */
export interface BegunMove {
  /** ISO 8601. */
  readonly since: string;
  /** When the side that clients leave was seen to refuse. */
  fencedAt?: string;
}

/** The effects of a drill on the clients so far. An uncertain effect counts as the worse one. */
export interface TouchedClients {
  /** ISO 8601, right before their service was taken away for the first time: the source lost, or fenced. */
  touchedAt?: string;
  /** True from before the name is moved until the clients were seen to have left: a failed move may have taken effect. */
  mayBeOnTarget: boolean;
  /** The run stopped the source, and saw it gone. */
  sourceWasLost: boolean;
  /** The source was gone before it could be fenced, and the drill did not cause that. */
  sourceWasGone: boolean;
  /** The clients were confirmed on the target and all measurements are done: there is no hurry. */
  settledOnTarget: boolean;
  /** The canary was served since the service was last taken away. */
  seenServed: boolean;
  /** The moves, by the side that the clients were to be moved to. */
  readonly moves: Partial<Record<PairSide, BegunMove>>;
}

export const untouchedClients = (): TouchedClients => ({
  mayBeOnTarget: false,
  sourceWasLost: false,
  sourceWasGone: false,
  settledOnTarget: false,
  seenServed: false,
  moves: {},
});

/** Notes that the clients' service is about to be taken away. */
export const touch = (clients: TouchedClients): void => {
  clients.touchedAt ??= new Date().toISOString();
  clients.seenServed = false;
};
