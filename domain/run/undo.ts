/** Plans the steps that give clients back to the source after the run is gone, in the only safe order. */
import type { PairSide } from '../pair/topology.js';

const undoSteps = [
  'fence-target',
  'recover-source',
  'open-source',
  'move-clients',
  'see-clients',
  'open-target',
] as const;
export type UndoStep = (typeof undoSteps)[number];

export interface LeftPair {
  /** The state in the lane's record. */
  readonly clientsAt: PairSide;
  readonly fenced?: Readonly<Partial<Record<PairSide, string | undefined>>> | undefined;
  readonly lost?: Readonly<Partial<Record<PairSide, string | undefined>>> | undefined;
  /** The target, or a server that may be it, answers the clients' name, whatever the record says. */
  readonly targetMayAnswer: boolean;
  /** The source was seen to answer the clients' name. */
  readonly sourceAnswers: boolean;
}

/**
 * Follows a drill's own way back: a target that clients may be on is fenced before the source is opened, so that both are never
 * open, and its fence is lifted once clients are seen at the source. A target that is fenced already may be where their name
 * still leads: a move is recorded before it takes effect. No step if there is nothing to undo.
 */
export const planUndo = ({
  clientsAt,
  fenced,
  lost,
  targetMayAnswer,
  sourceAnswers,
}: LeftPair): readonly UndoStep[] => {
  const targetIsFenced = fenced?.target !== undefined;
  const mayBeOnTarget = clientsAt === 'target' || targetMayAnswer || (targetIsFenced && !sourceAnswers);
  const sourceIsLost = lost?.source !== undefined;
  const needed: Readonly<Record<UndoStep, boolean>> = {
    'fence-target': mayBeOnTarget,
    'recover-source': sourceIsLost,
    'open-source': !sourceIsLost && fenced?.source !== undefined,
    'move-clients': mayBeOnTarget,
    'see-clients': mayBeOnTarget || sourceIsLost || fenced?.source !== undefined || targetIsFenced,
    'open-target': mayBeOnTarget || targetIsFenced,
  };
  return undoSteps.filter((step) => needed[step]);
};
