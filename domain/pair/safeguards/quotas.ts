/** Finds rate-limit quotas that a run would exceed: its canary and its steps are clients like all others. */
import { baseline, type PairSide } from '../topology.js';
import type { Warning } from '../../run/warnings.js';
import { describeSeconds } from '../../units.js';

export interface RateLimit {
  readonly name: string;
  /** The quota's mount; empty if it covers the whole namespace. */
  readonly path: string;
  readonly perSecond: number;
  /** How long a client that exceeds the quota is refused everything, in seconds; 0 if only the excess is refused. */
  readonly blockSeconds: number;
}

/** Reads the answer of `sys/quotas/rate-limit/<name>`. */
export const readRateLimit = (data: unknown): RateLimit | undefined => {
  const { name, path, rate, interval, block_interval } = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof rate !== 'number') return undefined;
  const seconds = typeof interval === 'number' && interval > 0 ? interval : 1;
  return {
    name,
    path: typeof path === 'string' ? path : '',
    perSecond: rate / seconds,
    blockSeconds: typeof block_interval === 'number' ? block_interval : 0,
  };
};

/** Requests a second from this machine: the canary writes and reads ten times each, and the steps log in and read beside it. */
const needed: readonly { readonly path: string; readonly perSecond: number }[] = [
  { path: '', perSecond: 30 },
  { path: `${baseline.markerMount}/`, perSecond: 25 },
  { path: 'auth/userpass/', perSecond: 10 },
  { path: 'sys/', perSecond: 10 },
];

/** The quotas that let through less than a run asks for. */
export const limitsMet = (limits: readonly RateLimit[]): readonly RateLimit[] =>
  limits.filter(({ path, perSecond }) =>
    needed.some((need) => (need.path === '' ? path === '' : path.startsWith(need.path)) && perSecond < need.perSecond),
  );

export const quotaWarnings = (
  bySide: Readonly<Partial<Record<PairSide, readonly RateLimit[]>>>,
): readonly Warning[] => {
  const met = (['source', 'target'] as const).flatMap((side) =>
    limitsMet(bySide[side] ?? []).map(
      ({ name, path, perSecond, blockSeconds }) =>
        `${name} of the ${side} (${path === '' ? 'all paths' : path}: ${Math.round(perSecond * 10) / 10} requests a second${blockSeconds > 0 ? `, then ${describeSeconds(blockSeconds)} without any` : ''})`,
    ),
  );
  return met.length === 0
    ? []
    : [
        {
          name: 'rate-limit-quotas',
          sentence:
            `Rate-limit quotas let through less than a drill asks for: ${met.join('; ')}. Requests over them are refused with 429, which the drill ` +
            'waits out, and which its client counts as failed: raise them for the drill, or do not read its failed operations as an outage.',
        },
      ];
};
