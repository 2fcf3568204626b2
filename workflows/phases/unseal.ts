import type { Topology } from '../../domain/pair/topology.js';
import type { Run } from '../run/run.js';
import { seeUnsealed } from './restoring/unseal-target.js';

/** Waits until the target is unsealed and active. */
export const unseal = ({ drillId, plan, record, steps }: Run, topology: Topology): Promise<void> =>
  record.phase('unseal', () => seeUnsealed(steps, drillId, topology, plan.patience));
