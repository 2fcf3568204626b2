import type { Topology } from '../../domain/pair/topology.js';
import type { Run } from '../run/run.js';
import type { DrillPoint } from './backup.js';

/** Proves that the target's seal opens the snapshot, before it is restored. */
export const sealProof = ({ record, steps }: Run, topology: Topology, { snapshot }: DrillPoint): Promise<void> =>
  record.phase('seal-proof', async () => record.require(...(await steps.proveSeal({ topology, snapshot })).checks));
