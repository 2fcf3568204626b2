import type { AcknowledgedWrite } from '../report/report.js';
import { baseline } from './topology.js';

/** What the drill's own client writes, again and again: which write of which drill a site holds. */
export interface Canary {
  readonly drillId: string;
  /** Counts the client's writes from 1. */
  readonly sequence: number;
  /** ISO 8601: when the write was sent. */
  readonly writtenAt: string;
}

/** `roaming` knows only the clients' name; `stubborn` stays at one site's own address, as a client with a stale one does. */
export type CanaryClient = 'roaming' | 'stubborn';

/**
 * Paths in the HTTP API (KV version 2). The stubborn client has its own: at one site, a write of one that overtook a write
 * of the other would look like a stale read.
 */
export const canaryApiPaths: Readonly<Record<CanaryClient, string>> = {
  roaming: `${baseline.markerMount}/data/dr-canary`,
  stubborn: `${baseline.markerMount}/data/dr-canary-stubborn`,
};

/** The write that a KV entry, as the API answers it, shows; undefined if it is none of this drill. */
export const canaryIn = (
  entry: Readonly<Record<string, unknown>> | undefined,
  drillId: string,
): AcknowledgedWrite | undefined => {
  const found = entry?.['data'];
  if (typeof found !== 'object' || found === null) return undefined;
  const { drillId: writtenBy, sequence, writtenAt } = found as Partial<Record<keyof Canary, unknown>>;
  return writtenBy === drillId && typeof sequence === 'number' && typeof writtenAt === 'string'
    ? { sequence, at: writtenAt }
    : undefined;
};
