import type { DrillPlan } from '../../domain/plan/plan.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { DrillRecord } from '../run/drill-record.js';
import type { Steps } from '../run/steps.js';
import { touch } from '../run/touched-clients.js';
import type { UndoStack } from '../run/undo-stack.js';

export interface SourceLoss {
  /** ISO 8601, right before the source was killed: the recovery time runs from here. */
  readonly lostAt: string;
  /** When it was seen to be gone: nothing that it acknowledged can be later. */
  readonly goneAt: string;
}

/** The disaster, if the plan has one: the source is really stopped. */
export const loseSource = async (
  drill: DrillRecord,
  steps: Steps,
  undo: UndoStack,
  topology: Topology,
  { disaster }: DrillPlan,
): Promise<SourceLoss | undefined> => {
  if (disaster === 'none') {
    drill.leaveOut('disaster', 'the plan leaves the source up until it is fenced at the cutover');
    return undefined;
  }
  const { drillId } = drill;
  return drill.phase('disaster', async () => {
    undo.register('source recovered', () => steps.recoverSource({ topology, drillId }));
    touch(drill.clients);
    const { check, ...loss } = await steps.loseSource({ topology, drillId });
    drill.require(check);
    return loss;
  });
};
