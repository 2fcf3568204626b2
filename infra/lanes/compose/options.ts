/** Options of a compose lane, as a plan has them. */
import type { ComposeLaneOptions, LaneOptions } from '../../../domain/plan/plan.js';
import { baseline } from '../../../domain/pair/topology.js';

export const composeOptionsOf = ({ compose }: LaneOptions): ComposeLaneOptions =>
  compose ?? { ports: {}, targetSealKey: baseline.sealKey };
