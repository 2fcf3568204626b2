import { describeCredential } from '../../domain/pair/credentials.js';
import { randomBytes } from 'node:crypto';
import { type Check, check } from '../../domain/run/checks.js';
import { markerApiPath, markerOf } from '../../domain/pair/marker.js';
import { baseline, type PairSite, type Topology } from '../../domain/pair/topology.js';
import { canLogIn } from '../observing/can-log-in.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface SeedPairInput {
  readonly topology: Topology;
  readonly drillId: string;
}

/**
 * Gives each side its own control data: a marker that names this drill, and a demo login with a fresh random password.
 * Then proves that the controls can tell the sides apart: each password works at home and is refused by the other side.
 * A control that cannot fail would prove nothing later. Safe to repeat: the last password and marker count.
 */
export const createSeedPair = ({
  sites,
  materials,
  reservations,
}: Pick<ActivityPorts, 'sites' | 'materials' | 'reservations'>) => {
  const seed = async (site: PairSite, drillId: string): Promise<void> => {
    const password = randomBytes(24).toString('base64url');
    // The password is kept before it is set: one that only OpenBao knows could never be tried again.
    await materials.write(site.admin.password, password);
    await sites.withLogin(site, site.seeder, async (session) => {
      await session.write(`auth/userpass/users/${site.admin.username}`, {
        password,
        token_policies: [baseline.adminUser],
        token_no_default_policy: true,
        token_ttl: '15m',
      });
      await session.write(markerApiPath, {
        data: { ...markerOf(site.site, drillId), seededAt: new Date().toISOString() },
      });
    });
  };

  return async function seedPair({ topology, drillId }: SeedPairInput): Promise<Check> {
    await reservations.assertHeld(topology.lane, drillId);
    const { source, target } = topology;
    await Promise.all([seed(source, drillId), seed(target, drillId)]);
    const seen = await Promise.all([
      canLogIn(sites, source, source.admin),
      canLogIn(sites, target, target.admin),
      canLogIn(sites, source, target.admin),
      canLogIn(sites, target, source.admin),
      // Logs in once on the source before the backup: a first login writes an identity, which would be a difference later.
      canLogIn(sites, source, source.verifier),
    ]);
    const [sourceAtHome, targetAtHome, targetAbroad, sourceAbroad, verifier] = seen;
    return check(
      'controls-effective',
      sourceAtHome && targetAtHome && !targetAbroad && !sourceAbroad && verifier,
      "each side accepts its own password and refuses the other side's",
      `source: own ${word(sourceAtHome)}, other ${word(targetAbroad)}; target: own ${word(targetAtHome)}, other ${word(sourceAbroad)}` +
        (verifier ? '' : `; ${describeCredential(source.verifier)} refused on the source`),
    );
  };
};

const word = (accepted: boolean): string => (accepted ? 'accepted' : 'refused');
