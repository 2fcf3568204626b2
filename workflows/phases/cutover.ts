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
    // Checks once more, because people may have taken days, and after the fence it would be too late.
    record.require(await steps.checkCutover({ topology, drillId, plan, before: 'fence' }));
    undo.register('clients moved back');
    // The way back recovers the source itself, once the target is fenced; an undo of its own must not.
    undo.keep('source recovered');
    return moveClients(run, topology, { to: 'target', nothingToFence: record.clients.sourceWasLost });
  });
};
