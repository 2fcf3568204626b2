import type { Topology } from '../../domain/pair/topology.js';
import { checkFence } from './measure-recovery.js';
import { type Drilling, measuring, moveClients, type MoveClientsInput } from './move-clients.js';

export interface MoveBackInput extends Pick<MoveClientsInput, 'topology' | 'cutover'> {
  /** The drill has lost the source, and brings it back before anybody can be sent there. */
  readonly sourceWasLost: boolean;
}

/**
 * Gives the clients back to the source, whatever became of the move to the target. The target is fenced before the source is
 * opened, even if the move there failed: it may have taken effect. Its fence is lifted afterwards, so that the pair is left
 * as it was found.
 *
 * Clients that are settled on the target have service until it is fenced, and are measured as on the way there. Any others
 * may have none: they get it back first, and what it was like is read from the journal afterwards.
 */
export const moveBack = (drilling: Drilling, { topology, cutover, sourceWasLost }: MoveBackInput): Promise<void> => {
  const { drill, steps, client } = drilling;
  const { drillId, clients } = drill;
  return drill.phase('revert', async () => {
    const atOnce = !clients.settledOnTarget;
    const nothingToFence = !clients.mayBeOnTarget;
    const open = (): Promise<void> =>
      sourceWasLost || clients.sourceWasGone
        ? steps.recoverSource({ topology, drillId })
        : steps.liftFence({ topology, drillId, site: 'source' });
    const orStayOnTarget = (): Promise<void> =>
      open().catch(async (error: unknown) => {
        // A source that does not come back serves nobody: clients that are on the target are better off there.
        if (!nothingToFence) await leaveOnTarget(drilling, topology);
        throw error;
      });
    let areBack = false;
    try {
      await moveClients(drilling, { topology, cutover, to: 'source', nothingToFence, atOnce, open: orStayOnTarget });
      drill.require(await steps.confirmClients({ topology, drillId, at: 'source' }));
      areBack = true;
    } finally {
      await measuring(drill, () => measureWayBack(drilling, { topology, cutover, atOnce, areBack }));
    }
    // Before the fence is lifted: what the client wrote afterwards would look like a split brain.
    await client.stop();
    if (clients.moves.source?.fencedAt !== undefined) {
      await steps.liftFence({ topology, drillId, site: 'target' });
    }
  });
};

/** The source is shut again first, however far its opening got: never are both open. */
const leaveOnTarget = async ({ drill: { drillId }, steps }: Drilling, topology: Topology): Promise<void> => {
  await steps.fenceSite({ topology, drillId, site: 'source', atOnce: true });
  await steps.liftFence({ topology, drillId, site: 'target' });
};

interface MeasureWayBackInput extends Pick<MoveClientsInput, 'topology' | 'cutover'> {
  readonly atOnce: boolean;
  readonly areBack: boolean;
}

const measureWayBack = async (
  { drill, steps, client }: Drilling,
  { topology, cutover, atOnce, areBack }: MeasureWayBackInput,
): Promise<void> => {
  const { drillId, clients } = drill;
  const move = clients.moves.source;
  if (move === undefined) return;
  const { since, fencedAt } = move;
  const fence = fencedAt === undefined ? {} : { fencedAt };
  if (areBack) {
    if (atOnce) {
      // Only now is there time for one that tries to write to the fenced target.
      await client.stop();
      client.start({ topology, drillId, ...(fencedAt !== undefined && { stubborn: 'target' }) });
    }
    const stubborn = fencedAt === undefined ? {} : { stubbornSince: fencedAt };
    await measuring(drill, async () => {
      await steps.awaitServed({ drillId, by: 'source', since, ...stubborn });
      clients.seenServed = true;
    });
  }
  const { moved } = await steps.measureMove({ drillId, to: 'source', way: cutover.way, since, ...fence });
  if (moved !== undefined) drill.note({ revert: moved });
  if (moved !== undefined && moved.writesAfterFence > 0) drill.record(checkFence(moved, 'target'));
};
