import { baseline, type PairSide } from './topology.js';

/** The control data that one side gets before a backup: a site serves the data of the side whose marker it shows. */
export interface Marker {
  readonly marker: string;
  readonly sourceCluster: string;
  /** Ties the marker to one drill: a marker of an earlier drill proves nothing about this one. */
  readonly drillId: string;
}

export const markerOf = (side: PairSide, drillId: string): Marker => ({
  marker: baseline.markers[side],
  sourceCluster: baseline.sourceCluster,
  drillId,
});

/** Path of the marker in the HTTP API (KV version 2). */
export const markerApiPath = `${baseline.markerMount}/data/${baseline.markerPath}`;

export const isMarker = (found: Readonly<Record<string, unknown>> | undefined, expected: Marker): boolean =>
  found?.['marker'] === expected.marker &&
  found['sourceCluster'] === expected.sourceCluster &&
  found['drillId'] === expected.drillId;

export const describeMarker = (found: Readonly<Record<string, unknown>> | undefined): string =>
  found === undefined ? 'no marker' : `marker ${String(found['marker'])} of drill ${String(found['drillId'])}`;
