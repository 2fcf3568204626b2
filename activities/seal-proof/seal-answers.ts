/**
 * Asks Transit what OpenBao does not report. OpenBao needs its seal to make a snapshot and to take one, and does not say so if
 * the seal is away: it cuts the snapshot short, or calls it another key's.
 */
import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import type { PairSite } from '../../domain/pair/topology.js';
import { assertSealUsable } from '../../systems/openbao/seal/seal-use.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface SealAnswersPorts extends Pick<ActivityPorts, 'sites'> {
  readonly materials: Pick<ActivityPorts['materials'], 'read'>;
}

/**
 * Returns if the site's own seal token can use its key now.
 *
 * @throws KnownFailure `TransitUnreachable` (a retry may help), `SealTokenRefused`, `SealKeyMissing` and the others of `assertSealUsable`.
 */
export const assertSealAnswers = async (
  { sites, materials }: SealAnswersPorts,
  { seal }: Pick<PairSite, 'seal'>,
): Promise<void> => {
  const [openbao, token] = await Promise.all([sites.at(seal), materials.read(seal.token)]);
  await assertSealUsable({ session: openbao.useToken(token), key: seal, signal: cancellationSignal() });
};

/** The problem of the site's seal; undefined if it works. */
export const sealFailureOf = async (
  ports: SealAnswersPorts,
  site: Pick<PairSite, 'seal'>,
): Promise<KnownFailure | undefined> => {
  try {
    await assertSealAnswers(ports, site);
    return undefined;
  } catch (error) {
    if (isKnownFailure(error)) return error;
    throw error;
  }
};

/** The failure that keeps a site from sending a whole snapshot, of the site or of its seal; undefined if both answer. */
export const failureBehind = async (ports: SealAnswersPorts, site: PairSite): Promise<KnownFailure | undefined> => {
  const { serverName } = site;
  try {
    const { status } = await (await ports.sites.at(site)).health({ signal: cancellationSignal() });
    // A standby serves its own snapshot.
    if (status === 200 || status === 429) return await sealFailureOf(ports, site);
    return new KnownFailure(
      'OpenBaoUnavailable',
      'OpenBao stopped serving while it sent the snapshot: wait until it is unsealed and active.',
      { retryable: true, facts: { serverName, status } },
    );
  } catch (error) {
    if (isKnownFailure(error)) return error;
    throw error;
  }
};
