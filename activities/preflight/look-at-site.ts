/**
 * Reads the facts of a side that a restore depends on, with the side's own identity. Facts that the identity may not see are
 * reported as such, never guessed.
 */
import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure } from '../../domain/known-failure.js';
import { type AuditDevices, readAuditDevices } from '../../domain/pair/safeguards/audit-devices.js';
import { externalMounts, type Mount, readMounts } from '../../domain/pair/safeguards/mounts.js';
import { type RateLimit, readRateLimit } from '../../domain/pair/safeguards/quotas.js';
import { countVoters } from '../../domain/pair/safeguards/storage.js';
import type { Credential } from '../../domain/pair/credentials.js';
import type { PairSite } from '../../domain/pair/topology.js';
import type { OpenBaoSession } from '../../systems/openbao/api/client.js';
import { patiently } from '../observing/observe-check.js';
import type { Sites } from '../ports/sites.js';

/** The answer to one question: a value, or the reason for its absence. */
export type Seen<T> = { readonly value: T } | { readonly why: string };

export interface SiteSight {
  readonly storageType?: string | undefined;
  readonly voters: Seen<number | undefined>;
  readonly audit: Seen<AuditDevices>;
  readonly limits: Seen<readonly RateLimit[]>;
  /** Mounts that an external plugin serves. */
  readonly external: Seen<readonly Mount[]>;
}

/** A site has a handful of quotas; more than this are not read. */
const mostLimits = 50;

export const lookAtSite = async (sites: Sites, site: PairSite, login: Credential): Promise<SiteSight> => {
  const status = await patiently(async () => (await sites.at(site)).sealStatus());
  const storage = isKnownFailure(status) ? {} : { storageType: status.storageType };
  const sight = await patiently(() =>
    sites.withLogin(site, login, async (session) => ({
      // Reads them one after another, so as not to exceed the very quotas that it reports.
      voters: await tryTo(async () => countVoters(await read(session, 'sys/storage/raft/configuration'))),
      audit: await tryTo(async () => readAuditDevices(await read(session, 'sys/audit'))),
      limits: await tryTo(() => readLimits(session)),
      external: await tryTo(() => readExternal(session)),
    })),
  );
  if (!isKnownFailure(sight)) return { ...storage, ...sight };
  const nothing = { why: sight.message };
  return { ...storage, voters: nothing, audit: nothing, limits: nothing, external: nothing };
};

const read = (session: OpenBaoSession, path: string) => session.read(path, { signal: cancellationSignal() });

const tryTo = async <T>(ask: () => Promise<T>): Promise<Seen<T>> => {
  const seen = await patiently(async () => ({ value: await ask() }));
  return isKnownFailure(seen) ? { why: seen.message } : seen;
};

const readLimits = async (session: OpenBaoSession): Promise<readonly RateLimit[]> => {
  const names = (await read(session, 'sys/quotas/rate-limit?list=true'))?.['keys'];
  const wanted = Array.isArray(names) ? names.filter((name) => typeof name === 'string').slice(0, mostLimits) : [];
  const found = await Promise.all(
    wanted.map((name) => read(session, `sys/quotas/rate-limit/${encodeURIComponent(name)}`)),
  );
  return found.flatMap((data) => readRateLimit(data) ?? []);
};

const readExternal = async (session: OpenBaoSession): Promise<readonly Mount[]> => {
  const [mounts, auths] = await Promise.all([read(session, 'sys/mounts'), read(session, 'sys/auth')]);
  return externalMounts([...readMounts(mounts), ...readMounts(auths, 'auth/')]);
};
