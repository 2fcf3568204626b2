import type { Decision } from '../../domain/approval/approval.js';
import { checkCutoverGate } from '../../domain/approval/cutover-gate.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { Run } from '../run/run.js';
import { moveClients } from './moving/move-clients.js';
import type { BegunMove } from '../run/touched-clients.js';

/** Moves the clients to the target, once a person has approved. */
export const cutover = (
  run: Run,
  topology: Topology,
  { approved }: { readonly approved: Decision },
): Promise<BegunMove> => {
  const { drillId, plan, record, steps, undo } = run;
  return record.phase('cutover', async () => {
    record.require(checkCutoverGate(record.status().checks, approved));
    // Once more: people may have taken days, and behind the fence it would be too late.
    record.require(await steps.checkCutover({ topology, drillId, plan, before: 'fence' }));
    undo.register('clients moved back');
    // The way back brings it back itself, once the target is fenced; by itself it must not come back any more.
    undo.keep('source recovered');
    return moveClients(run, topology, { to: 'target', nothingToFence: record.clients.sourceWasLost });
  });
};
