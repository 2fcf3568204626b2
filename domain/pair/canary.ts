import type { AcknowledgedWrite } from '../report/report.js';
import { baseline } from './topology.js';

/** The canary's writes, which show the newest write and the drill that a site holds. */
export interface Canary {
  readonly drillId: string;
  /** Counts the canary's writes from 1. */
  readonly sequence: number;
  /** ISO 8601: when the write was sent. */
  readonly writtenAt: string;
}

/** `roaming` knows only the clients' name; `stubborn` stays at one site's own address, like a client with a stale one. */
export type CanaryClient = 'roaming' | 'stubborn';

/**
 * Paths in the HTTP API (KV version 2). The stubborn canary has its own: if both shared one, a write that overtook the other's
 * would look like a stale read.
 */
export const canaryApiPaths: Readonly<Record<CanaryClient, string>> = {
  roaming: `${baseline.markerMount}/data/dr-canary`,
  stubborn: `${baseline.markerMount}/data/dr-canary-stubborn`,
};

/** Reads the canary's write from a KV entry of the API; undefined if it is not from this drill. */
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
