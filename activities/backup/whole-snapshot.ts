import type { PairSite } from '../../domain/pair/topology.js';
import { isSnapshotFailure } from '../../systems/openbao/snapshot/failures.js';
import { failureBehind, type SealAnswersPorts } from '../seal-proof/seal-answers.js';

/**
 * Takes a snapshot of a site, and tells *away* from *no* if the archive comes damaged: OpenBao answers 200 before it knows
 * whether saving succeeds. A server that is away is named, so that the step waits for it. If all servers answer, one may just
 * have come back, so another snapshot is taken, once.
 *
 * @throws KnownFailure `OpenBaoUnreachable`, `OpenBaoUnavailable`, `TransitUnreachable` (a retry may help), or another failure
 *   that keeps the site from using its seal.
 * @throws KnownFailure for which `isSnapshotFailure` holds: two in a row are damaged although the site and its seal answer.
 */
export const takingWhole = async <T>(ports: SealAnswersPorts, site: PairSite, take: () => Promise<T>): Promise<T> => {
  try {
    return await take();
  } catch (error) {
    if (!isSnapshotFailure(error)) throw error;
    const behind = await failureBehind(ports, site);
    if (behind !== undefined) throw behind;
  }
  try {
    return await take();
  } catch (error) {
    throw isSnapshotFailure(error) ? ((await failureBehind(ports, site)) ?? error) : error;
  }
};
