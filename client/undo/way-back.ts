/** The steps of an undo, with the same code as a drill's own way back. */
import { createSeeClients } from '../../activities/cutover/await-clients.js';
import { shutSite } from '../../activities/cutover/fence-site.js';
import { createMoveName } from '../../activities/cutover/switch-clients.js';
import { bringSourceBack } from '../../activities/disaster/recover-source.js';
import type { ActivityPorts } from '../../activities/ports/activity-ports.js';
import type { CutoverPlan } from '../../domain/plan/plan.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { UndoStep } from '../../domain/run/undo.js';
import type { KnownLanes } from '../../infra/lanes/lanes.js';

export interface WayBack {
  readonly topology: Topology;
  /** The drill that is undone: its log and its environment are those of a program that moves clients. */
  readonly drillId: string;
  readonly cutover: CutoverPlan;
  /** Asks a person to move the clients, and returns once that is done. */
  readonly handMove: () => Promise<void>;
}

export interface Doing {
  /** Does one step. Safe to repeat. */
  do(step: UndoStep): Promise<void>;
  /**
   * For a source that does not come back: shuts it, however far its opening got, and opens the target for clients that may be
   * on it.
   */
  leaveOnTarget(): Promise<void>;
}

/** A name that a person or a program moves may arrive late, for example because of DNS caches. */
const seeSeconds = { edge: 60, command: 300, manual: 300 } as const;

export const createWayBack = (
  ports: Pick<ActivityPorts, 'sites' | 'cutoverCommands'> & { readonly lanes: Pick<KnownLanes, 'open'> },
  { topology, drillId, cutover, handMove }: WayBack,
  signal: AbortSignal,
): Doing => {
  const lane = ports.lanes.open(topology.lane);
  const doing: Readonly<Record<UndoStep, () => Promise<unknown>>> = {
    'fence-target': () => shutSite(lane, { topology, site: 'target' }, signal),
    'recover-source': () => bringSourceBack(ports, lane, topology, signal),
    'open-source': () => lane.edges.liftFence('source', signal),
    'move-clients': async () => {
      if (cutover.way === 'manual') await handMove();
      await createMoveName(ports)(lane, { topology, drillId, to: 'source', cutover }, signal);
    },
    'see-clients': () =>
      createSeeClients(ports)({ topology, to: 'source', timeoutSeconds: seeSeconds[cutover.way] }, signal),
    'open-target': () => lane.edges.liftFence('target', signal),
  };
  return {
    do: async (step) => void (await doing[step]()),
    async leaveOnTarget() {
      await shutSite(lane, { topology, site: 'source' }, signal);
      await lane.edges.liftFence('target', signal);
    },
  };
};
