import { type Check, check } from '../../domain/run/checks.js';
import { describeMarker, isMarker, markerOf } from '../../domain/pair/marker.js';
import { canLogIn } from '../observing/can-log-in.js';
import { observeCheck } from '../observing/observe-check.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import type { Sites } from '../ports/sites.js';
import { checkRestoredStore, type RestoredStoreInput } from './check-restored-store.js';
import { readMarker } from './read-marker.js';

export interface VerifyTargetInput extends RestoredStoreInput {
  readonly drillId: string;
  readonly sourceClusterId: string;
  readonly openbaoVersion: string;
}

/**
 * The proof after the restore: the target serves the source's cluster id, refuses its own bootstrap password, accepts the
 * source's, shows the source's marker of this very drill, and still runs the version it ran before. No part of it is dead or
 * sealed: every mount has its plugin, every namespace its keys.
 */
export const createVerifyTarget = ({ sites }: Pick<ActivityPorts, 'sites'>) =>
  async function verifyTarget(input: VerifyTargetInput): Promise<readonly Check[]> {
    const { target, source } = input.topology;
    const [identity, restored, ...logins] = await Promise.all([
      checkIdentity(sites, input),
      checkRestoredStore(sites, input),
      observeCheck('target-password-refused', "the target's bootstrap password refused", async () => {
        const accepted = await canLogIn(sites, target, target.admin);
        return { passed: !accepted, observed: accepted ? 'accepted' : 'refused' };
      }),
      observeCheck('source-password-accepted', "the source's password accepted", async () => {
        const accepted = await canLogIn(sites, target, source.admin);
        return { passed: accepted, observed: accepted ? 'accepted' : 'refused' };
      }),
      observeCheck('marker-is-source', describeMarker({ ...markerOf('source', input.drillId) }), async () => {
        const found = await readMarker(sites, target, source.admin);
        return { passed: isMarker(found, markerOf('source', input.drillId)), observed: describeMarker(found) };
      }),
    ]);
    return [...identity, ...logins, ...restored];
  };

const checkIdentity = async (
  sites: Sites,
  { topology, sourceClusterId, openbaoVersion }: VerifyTargetInput,
): Promise<readonly Check[]> => {
  const { clusterId, version } = await (await sites.at(topology.target)).health();
  return [
    check(
      'cluster-id-matches-source',
      clusterId === sourceClusterId,
      `cluster id ${sourceClusterId}`,
      `cluster id ${clusterId ?? 'unknown'}`,
    ),
    check(
      'openbao-version-unchanged',
      version === openbaoVersion,
      `OpenBao ${openbaoVersion}`,
      `OpenBao ${version ?? 'unknown'}`,
    ),
  ];
};
