import type { ClientRun } from './client-run.js';
import type { DrillRecord } from './drill-record.js';
import { checkFence } from './measure-recovery.js';
import { moveClients, type MoveClientsInput } from './move-clients.js';
import type { Steps } from './steps.js';

export interface MoveBackInput extends Pick<MoveClientsInput, 'topology' | 'cutover'> {
  /** The source was lost, and has to be brought back before anybody can be sent there. */
  readonly sourceWasLost: boolean;
}

/**
 * Gives the clients back to the source, measured as on the way there. The target's fence is lifted afterwards, so that the
 * pair is left as it was found.
 */
export const moveBack = (
  drilling: { readonly drill: DrillRecord; readonly steps: Steps; readonly client: ClientRun },
  { topology, cutover, sourceWasLost }: MoveBackInput,
): Promise<void> => {
  const { drill, steps } = drilling;
  const { drillId } = drill;
  return drill.phase('revert', async () => {
    const open = (): Promise<void> =>
      sourceWasLost
        ? steps.recoverSource({ topology, drillId })
        : steps.liftFence({ topology, drillId, site: 'source' });
    const reached = drill.facts.cutover !== undefined;
    // Clients that never reached the target leave nothing: there is nobody to fence off and nothing to measure.
    const move = { topology, cutover, to: 'source', leftIsLost: !reached, open } as const;
    const { since, fencedAt } = await moveClients(drilling, move);
    drill.require(await steps.confirmClients({ topology, drillId, at: 'source' }));
    if (!reached) return;
    await steps.awaitServed({ drillId, by: 'source', since });
    const { moved } = await steps.measureMove({
      drillId,
      to: 'source',
      way: cutover.way,
      since,
      ...(fencedAt === undefined ? {} : { fencedAt }),
    });
    if (moved !== undefined) drill.note({ revert: moved });
    if (moved !== undefined && moved.writesAfterFence > 0) drill.record(checkFence(moved, 'target'));
    await steps.liftFence({ topology, drillId, site: 'target' });
  });
};
