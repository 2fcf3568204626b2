import { canaryApiPaths, canaryIn } from '../../domain/pair/canary.js';
import type { AcknowledgedWrite } from '../../domain/report/report.js';
import type { PairSide, Topology } from '../../domain/pair/topology.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface ReadCanaryInput {
  readonly topology: Topology;
  readonly drillId: string;
  readonly at: PairSide;
}

export interface CanaryRead {
  /** The newest write of this drill's canary that the site holds; absent if it holds none. */
  readonly recovered?: AcknowledgedWrite;
}

/**
 * Reads the canary's last write at a site's own edge, with the source's login. Run it before clients are moved there: later
 * reads show newer writes.
 */
export const createReadCanary = ({ sites }: Pick<ActivityPorts, 'sites'>) =>
  async function readCanary({ topology, drillId, at }: ReadCanaryInput): Promise<CanaryRead> {
    const entry = await sites.withLogin(topology[at], topology.source.admin, (session) =>
      session.read(canaryApiPaths.roaming),
    );
    const recovered = canaryIn(entry, drillId);
    return recovered === undefined ? {} : { recovered };
  };
