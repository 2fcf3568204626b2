import type { PairSide } from '../../domain/pair/topology.js';

/** One move of the clients, as far as it got. */
export interface BegunMove {
  /** ISO 8601. */
  readonly since: string;
  /** When the side that is left was seen to refuse. */
  fencedAt?: string;
}

/** What a drill has done to the clients so far. What is not known for sure counts as the worse. */
export interface TouchedClients {
  /** ISO 8601, right before their service was taken away for the first time: the source lost, or fenced. */
  touchedAt?: string;
  /** From before the name is moved until they were seen to have left: a move that failed may have taken effect. */
  mayBeOnTarget: boolean;
  /** The run stopped the source, and saw it gone. */
  sourceWasLost: boolean;
  /** The source was gone before it could be fenced, and by no doing of the drill's. */
  sourceWasGone: boolean;
  /** They were confirmed on the target, and all that is measured of it is measured: nothing is in a hurry. */
  settledOnTarget: boolean;
  /** The drill's own client was served since the service was last taken away. */
  seenServed: boolean;
  /** By the side that the clients were to be moved to. */
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

/** Their service is about to be taken away. */
export const touch = (clients: TouchedClients): void => {
  clients.touchedAt ??= new Date().toISOString();
  clients.seenServed = false;
};
