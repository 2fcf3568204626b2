import type { Topology } from '../../domain/pair/topology.js';
import type { Run } from '../run/run.js';

/** Writes the drill's marker, and starts its canary. */
export const seed = async ({ drillId, record, steps, canary, undo }: Run, topology: Topology): Promise<void> => {
  undo.register('client stopped');
  // This runs after every undo that gives the clients back.
  undo.register('clients accounted for');
  await record.phase('seed', async () => {
    record.require(await steps.seedPair({ topology, drillId }));
    canary.start({ topology, drillId });
    // A recovery point without a write of this drill could not be measured.
    await steps.awaitServed({ drillId, by: 'source', since: record.startedAt });
  });
};
