import type { Topology } from '../../domain/pair/topology.js';
import type { Run } from '../run/run.js';
import { checkFence } from './moving/measure-recovery.js';
import { measuring } from './moving/measuring.js';
import { moveClients } from './moving/move-clients.js';

/**
 * Gives the clients back to the source, whether or not the move to the target succeeded. The target is fenced before the source
 * is opened, even if the move failed, because it may have taken effect. Its fence is lifted afterwards, so that the pair is as
 * it was before.
 *
 * Clients that are settled on the target have service until it is fenced, and are measured as on the way there. Other clients
 * may have no service: they get it back first, and the journal is read afterwards.
 */
export const moveBack = (run: Run): Promise<void> => {
  const { drillId, record, steps, canary } = run;
  const { clients } = record;
  const topology = record.pair();
  return record.phase('revert', async () => {
    const atOnce = !clients.settledOnTarget;
    const nothingToFence = !clients.mayBeOnTarget;
    const open = (): Promise<void> =>
      clients.sourceWasLost || clients.sourceWasGone
        ? steps.recoverSource({ topology, drillId })
        : steps.liftFence({ topology, drillId, site: 'source' });
    const orStayOnTarget = (): Promise<void> =>
      open().catch(async (error: unknown) => {
        // A source that does not come back serves no client, so clients on the target are better off there.
        if (!nothingToFence) await leaveOnTarget(run, topology);
        throw error;
      });
    let areBack = false;
    try {
      await moveClients(run, topology, { to: 'source', nothingToFence, atOnce, open: orStayOnTarget });
      record.require(await steps.confirmClients({ topology, drillId, at: 'source' }));
      areBack = true;
    } finally {
      await measuring(record, () => measureWayBack(run, topology, { atOnce, areBack }));
    }
    // Stops the canary before the fence is lifted, because its later writes would look like a split brain.
    await canary.stop();
    if (clients.moves.source?.fencedAt !== undefined) {
      await steps.liftFence({ topology, drillId, site: 'target' });
    }
  });
};

/** The source is shut again first, however far its opening got: both are never open. */
const leaveOnTarget = async ({ drillId, steps }: Run, topology: Topology): Promise<void> => {
  await steps.fenceSite({ topology, drillId, site: 'source', atOnce: true });
  await steps.liftFence({ topology, drillId, site: 'target' });
};

const measureWayBack = async (
  { drillId, plan: { cutover }, record, steps, canary }: Run,
  topology: Topology,
  { atOnce, areBack }: { readonly atOnce: boolean; readonly areBack: boolean },
): Promise<void> => {
  const { clients } = record;
  const move = clients.moves.source;
  if (move === undefined) return;
  const { since, fencedAt } = move;
  const fence = fencedAt === undefined ? {} : { fencedAt };
  if (areBack) {
    if (atOnce) {
      // Only now is there time for a canary that tries to write to the fenced target.
      await canary.stop();
      canary.start({ topology, drillId, ...(fencedAt !== undefined && { stubborn: 'target' }) });
    }
    const stubborn = fencedAt === undefined ? {} : { stubbornSince: fencedAt };
    await measuring(record, async () => {
      await steps.awaitServed({ drillId, by: 'source', since, ...stubborn });
      clients.seenServed = true;
    });
  }
  const { moved } = await steps.measureMove({ drillId, to: 'source', way: cutover.way, since, ...fence });
  if (moved !== undefined) record.note({ revert: moved });
  if (moved !== undefined && moved.writesAfterFence > 0) record.record(checkFence(moved, 'target'));
};
