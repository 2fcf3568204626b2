/** Checks a site's storage: only Raft has the snapshots that backup and restore need. */
import { type Check, check, skippedCheck } from '../../run/checks.js';
import type { PairSide } from '../topology.js';
import { countOf } from '../../units.js';

export interface SiteStorage {
  /** Like `raft`; undefined if the site does not report it. */
  readonly type?: string | undefined;
  /** Undefined if this identity may not see the peers. */
  readonly voters?: number | undefined;
}

/** Reads the answer of `sys/storage/raft/configuration`. */
export const countVoters = (data: unknown): number | undefined => {
  const { config } = (data ?? {}) as { readonly config?: { readonly servers?: unknown } };
  if (!Array.isArray(config?.servers)) return undefined;
  return config.servers.filter((server: { readonly voter?: unknown }) => server.voter === true).length;
};

export const checkRaftStorage = (sites: Readonly<Record<PairSide, SiteStorage>>): Check => {
  const expected = 'Raft storage on both sides: only Raft has snapshots to restore';
  const sides = ['source', 'target'] as const;
  const observed = sides.map((side) => `${side} ${describe(sites[side])}`).join(', ');
  if (sides.some((side) => sites[side].type !== undefined && sites[side].type !== 'raft')) {
    return check(
      'raft-storage',
      false,
      expected,
      `${observed}: back a site with another storage up with the means of that storage`,
    );
  }
  return sides.some((side) => sites[side].type === undefined)
    ? skippedCheck('raft-storage', expected, observed, `a site does not say what storage it has: ${observed}`)
    : check('raft-storage', true, expected, observed);
};

const describe = ({ type, voters }: SiteStorage): string =>
  `${type ?? 'not said'}${voters === undefined ? '' : `, ${countOf(voters, 'voter')}`}`;
