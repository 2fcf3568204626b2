import { type Check, check } from '../../domain/run/checks.js';
import { checkSameSeal } from '../../domain/pair/same-seal.js';
import { warnOfSkipped } from '../../domain/pair/safeguards/not-seen.js';
import type { PairSite, Topology } from '../../domain/pair/topology.js';
import type { Warning } from '../../domain/run/warnings.js';
import { observeCheck, patiently } from '../observing/observe-check.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import type { Sites } from '../ports/sites.js';
import { checkSafeguards, type CheckedSafeguards } from './check-safeguards.js';
import type { SealAnswersPorts } from '../seal-proof/seal-answers.js';
import { checkSealUsable } from './check-seals.js';
import { checkStorage } from './check-storage.js';
import { checkTargetReady } from './check-target-ready.js';

export interface CheckRequirementsInput {
  readonly topology: Topology;
}

export interface CheckedRequirements extends Pick<CheckedSafeguards, 'externalMounts'> {
  readonly checks: readonly Check[];
  readonly warnings?: readonly Warning[];
  readonly source: SiteIdentity;
  readonly target: SiteIdentity;
}

/** A site's identity before the restore, with which the proof afterwards compares. `unknown` fails the checks. */
export interface SiteIdentity {
  readonly clusterId: string;
  readonly version: string;
}

export type CheckRequirementsPorts = SealAnswersPorts & Pick<ActivityPorts, 'buckets'>;

/**
 * Checks what the baseline requires before anything is touched: same OpenBao version, same seal, storage reachable from both
 * sides, a target that is ready and may be restored by the identity meant for it; and Raft storage, audit devices and seals
 * that could ruin a restore. Reads only; all checks run, so that one report names every problem.
 */
export const createCheckRequirements = ({ sites, buckets, materials }: CheckRequirementsPorts) =>
  async function checkRequirements({ topology }: CheckRequirementsInput): Promise<CheckedRequirements> {
    const [source, target] = await Promise.all([identify(sites, topology.source), identify(sites, topology.target)]);
    const safeguards = await checkSafeguards(sites, topology);
    const asked = await Promise.all([
      checkStorage(buckets, 'source', topology.bucket.source),
      checkStorage(buckets, 'target', topology.bucket.target),
      observeCheck(
        'target-ready-with-restore-auth',
        'target initialised, unsealed, and the restore identity may update the snapshot',
        () => checkTargetReady(sites, topology.target),
      ),
      checkSealUsable({ sites, materials }, topology.source),
      checkSealUsable({ sites, materials }, topology.target),
    ]);
    const checks = [
      check(
        'same-openbao-version',
        isKnown(source.version) && source.version === target.version,
        'the same OpenBao version on source and target',
        `source ${source.version}, target ${target.version}`,
      ),
      checkSameSeal(topology.source.seal, topology.target.seal),
      ...asked,
      check(
        'target-is-independent',
        isKnown(source.clusterId) && isKnown(target.clusterId) && source.clusterId !== target.clusterId,
        "a target with a cluster id of its own: with the source's, the restore could not be observed",
        `source ${source.clusterId}, target ${target.clusterId}`,
      ),
      ...safeguards.checks,
    ];
    const { externalMounts } = safeguards;
    const warnings = [...safeguards.warnings, ...warnOfSkipped(checks)];
    return {
      checks,
      source,
      target,
      ...(warnings.length > 0 && { warnings }),
      ...(externalMounts && { externalMounts }),
    };
  };

const unknown = 'unknown';
const isKnown = (fact: string): boolean => fact !== unknown;

/** A site that is sealed or does not answer is unknown: its checks say so, and the others still run. */
const identify = async (sites: Sites, site: PairSite): Promise<SiteIdentity> => {
  const health = await patiently(async () => (await sites.at(site)).health());
  if (!('certificateSha256' in health)) return { clusterId: unknown, version: unknown };
  return { clusterId: health.clusterId ?? unknown, version: health.version ?? unknown };
};
