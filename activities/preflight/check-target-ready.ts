import { describeCredential } from '../../domain/pair/credentials.js';
import type { TargetSite } from '../../domain/pair/topology.js';
import { snapshotPath } from '../../systems/openbao/transfer/snapshot-path.js';
import type { Observation } from '../observing/observe-check.js';
import type { Sites } from '../ports/sites.js';

/** Checks that the target exists, and that the restore identity may restore. */
export const checkTargetReady = async (sites: Sites, target: TargetSite): Promise<Observation> => {
  const { status, initialized, sealed } = await (await sites.at(target)).health();
  if (status !== 200 || initialized !== true || sealed !== false) {
    return {
      passed: false,
      observed: `health ${status}, initialised ${initialized ?? 'unknown'}, sealed ${sealed ?? 'unknown'}`,
    };
  }
  const capabilities = await sites.withLogin(target, target.restore, (session) => session.capabilities(snapshotPath));
  return {
    passed: capabilities.includes('update'),
    observed: `health 200, ${describeCredential(target.restore)} has ${capabilities.join(', ')} on ${snapshotPath}`,
  };
};
