/** What gives clients back to the source when the run that would have done so is gone: the steps, in the only safe order. */
import type { PairSide } from '../pair/topology.js';

export const undoSteps = [
  'fence-target',
  'recover-source',
  'open-source',
  'move-clients',
  'see-clients',
  'open-target',
] as const;
export type UndoStep = (typeof undoSteps)[number];

export interface LeftPair {
  /** As the lane's record has it. */
  readonly clientsAt: PairSide;
  readonly fenced?: Readonly<Partial<Record<PairSide, string | undefined>>> | undefined;
  readonly lost?: Readonly<Partial<Record<PairSide, string | undefined>>> | undefined;
  /** Their name is answered by the target, or by a server that may be it, whatever the record says. */
  readonly targetMayAnswer: boolean;
  /** Their name is seen to be answered by the source. */
  readonly sourceAnswers: boolean;
}

/**
 * As a drill's own way back: a target that clients may be on is fenced before the source is opened, so that both are never open,
 * and its fence is lifted once clients are seen at the source. A target that is fenced already may be where their name still leads: a move
 * is recorded before it takes effect. No step if there is nothing to undo.
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
