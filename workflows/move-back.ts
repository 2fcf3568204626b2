import type { ClientRun } from './client-run.js';
import type { DrillRecord } from './drill-record.js';
import { checkFence } from './measure-recovery.js';
import { measuring, moveClients, type MoveClientsInput } from './move-clients.js';
import type { Steps } from './steps.js';

export interface MoveBackInput extends Pick<MoveClientsInput, 'topology' | 'cutover'> {
  /** The source was lost, and has to be brought back before anybody can be sent there. */
  readonly sourceWasLost: boolean;
}

/**
 * Gives the clients back to the source, measured as on the way there. The target is fenced before the source is opened, even if
 * the move there failed: it may have taken effect. Its fence is lifted afterwards, so that the pair is left as it was found.
 */
export const moveBack = (
  drilling: { readonly drill: DrillRecord; readonly steps: Steps; readonly client: ClientRun },
  { topology, cutover, sourceWasLost }: MoveBackInput,
): Promise<void> => {
  const { drill, steps, client } = drilling;
  const { drillId } = drill;
  return drill.phase('revert', async () => {
    const open = (): Promise<void> =>
      sourceWasLost
        ? steps.recoverSource({ topology, drillId })
        : steps.liftFence({ topology, drillId, site: 'source' });
    const nothingToFence = !drill.clientsMayBeOnTarget;
    const { since, fencedAt } = await moveClients(drilling, { topology, cutover, to: 'source', nothingToFence, open });
    drill.require(await steps.confirmClients({ topology, drillId, at: 'source' }));
    if (fencedAt === undefined) return;
    await measuring(drill, async () => {
      await steps.awaitServed({ drillId, by: 'source', since, stubbornSince: fencedAt });
      const { moved } = await steps.measureMove({ drillId, to: 'source', way: cutover.way, since, fencedAt });
      if (moved !== undefined) drill.note({ revert: moved });
      if (moved !== undefined && moved.writesAfterFence > 0) drill.record(checkFence(moved, 'target'));
    });
    // Before the fence is lifted: what it wrote afterwards would look like a split brain.
    await client.stop();
    await steps.liftFence({ topology, drillId, site: 'target' });
  });
};
