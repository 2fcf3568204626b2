import type { Buckets } from './buckets.js';
import type { References } from './references.js';
import type { Sites } from './sites.js';
import type { SnapshotPlaces } from './snapshot-places.js';

/** What opens the systems that a topology or a plan names, with the references that it names them by. */
export interface Connections {
  readonly references: References;
  readonly sites: Sites;
  readonly buckets: Buckets;
  readonly snapshotPlaces: SnapshotPlaces;
}
