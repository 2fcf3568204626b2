import { type Check, check } from '../../domain/checks.js';
import { checkSameSeal } from '../../domain/same-seal.js';
import type { Topology } from '../../domain/topology.js';
import type { Health } from '../../systems/openbao/client.js';
import { observeCheck } from '../observe-check.js';
import type { ActivityPorts } from '../ports.js';
import { checkStorage } from './check-storage.js';
import { checkTargetReady } from './check-target-ready.js';

export interface CheckRequirementsInput {
  readonly topology: Topology;
}

export interface CheckedRequirements {
  readonly checks: readonly Check[];
  readonly source: SiteIdentity;
  readonly target: SiteIdentity;
}

/** Who a site is before the restore; the proof afterwards compares with this. */
export interface SiteIdentity {
  readonly clusterId: string | undefined;
  readonly version: string | undefined;
}

/**
 * Checks what the baseline requires before anything is touched: same OpenBao version, same seal, storage reachable from
 * both sides, a target that is ready and may be restored by the identity meant for it. Reads only; all checks run, so that
 * one report names everything that is wrong.
 */
export const createCheckRequirements = ({ sites, buckets }: Pick<ActivityPorts, 'sites' | 'buckets'>) =>
  async function checkRequirements({ topology }: CheckRequirementsInput): Promise<CheckedRequirements> {
    const { source, target } = topology;
    const [sourceHealth, targetHealth] = await Promise.all(
      [source, target].map(async (site) => (await sites.at(site)).health()),
    );
    const storage = await Promise.all([
      checkStorage(buckets, 'source', topology.bucket.source),
      checkStorage(buckets, 'target', topology.bucket.target),
    ]);
    return {
      checks: [
        check(
          'same-openbao-version',
          sourceHealth?.version !== undefined && sourceHealth.version === targetHealth?.version,
          'the same OpenBao version on source and target',
          `source ${sourceHealth?.version ?? 'unknown'}, target ${targetHealth?.version ?? 'unknown'}`,
        ),
        checkSameSeal(source.seal, target.seal),
        ...storage,
        await observeCheck(
          'target-ready-with-restore-auth',
          'target initialised, unsealed, and the restore identity may update the snapshot',
          () => checkTargetReady(sites, target),
        ),
        check(
          'target-is-independent',
          targetHealth?.clusterId !== undefined && targetHealth.clusterId !== sourceHealth?.clusterId,
          "a target with a cluster id of its own: with the source's, the restore could not be observed",
          `source ${sourceHealth?.clusterId ?? 'unknown'}, target ${targetHealth?.clusterId ?? 'unknown'}`,
        ),
      ],
      source: identityOf(sourceHealth),
      target: identityOf(targetHealth),
    };
  };

const identityOf = (health: Health | undefined): SiteIdentity => ({
  clusterId: health?.clusterId,
  version: health?.version,
});
