import { type Check, check, skippedCheck } from '../../domain/run/checks.js';
import { compareAuditDevices } from '../../domain/pair/safeguards/audit-devices.js';
import type { Mount } from '../../domain/pair/safeguards/mounts.js';
import { quotaWarnings } from '../../domain/pair/safeguards/quotas.js';
import { checkRaftStorage } from '../../domain/pair/safeguards/storage.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { Warning } from '../../domain/run/warnings.js';
import type { Sites } from '../ports/sites.js';
import { lookAtSite, type Seen, type SiteSight } from './look-at-site.js';

export interface CheckedSafeguards {
  /** `raft-storage`, `audit-devices-equal`. */
  readonly checks: readonly Check[];
  readonly warnings: readonly Warning[];
  /** The source's mounts that an external plugin serves, at most 100; absent if they could not be read. */
  readonly externalMounts?: readonly Mount[];
}

const mostMounts = 100;

/** Finds problems that would ruin a successful restore, before it. Reads only. */
export const checkSafeguards = async (sites: Sites, { source, target }: Topology): Promise<CheckedSafeguards> => {
  const [here, there] = await Promise.all([
    lookAtSite(sites, source, source.verifier),
    lookAtSite(sites, target, target.restore),
  ]);
  const storageOf = ({ storageType, voters }: SiteSight) => ({ type: storageType, voters: valueOf(voters) });
  const external = valueOf(here.external);
  return {
    checks: [checkRaftStorage({ source: storageOf(here), target: storageOf(there) }), checkAudit(here, there)],
    warnings: [
      ...quotaWarnings({ source: valueOf(here.limits) ?? [], target: valueOf(there.limits) ?? [] }),
      ...unseenLimits(here.limits, there.limits),
    ],
    ...(external !== undefined && { externalMounts: external.slice(0, mostMounts) }),
  };
};

const valueOf = <T>(seen: Seen<T>): T | undefined => ('value' in seen ? seen.value : undefined);

const checkAudit = ({ audit: source }: SiteSight, { audit: target }: SiteSight): Check => {
  const expected = 'the same audit devices on both sides: a restored target has to be able to take those of the source';
  if ('value' in source && 'value' in target) {
    const { passed, observed } = compareAuditDevices(source.value, target.value);
    return check('audit-devices-equal', passed, expected, observed);
  }
  const why = [
    ...('why' in source ? [`source: ${source.why}`] : []),
    ...('why' in target ? [`target: ${target.why}`] : []),
  ].join('; ');
  return skippedCheck(
    'audit-devices-equal',
    expected,
    'not seen',
    `sys/audit could not be read (it takes read and sudo): ${why}`,
  );
};

const unseenLimits = (...limits: readonly SiteSight['limits'][]): readonly Warning[] => {
  const why = limits.flatMap((seen) => ('why' in seen ? [seen.why] : []))[0];
  return why === undefined
    ? []
    : [
        {
          name: 'rate-limit-quotas-not-seen',
          sentence: `Whether rate-limit quotas slow the drill down is not known: list and read on sys/quotas/rate-limit are missing. ${why}`,
        },
      ];
};
