import { createSnapshotFolder } from '../../systems/files/snapshot-folder.js';
import type { Buckets } from '../ports/buckets.js';
import type { SnapshotPlaces } from '../ports/snapshot-places.js';

/** Opens the places of snapshots: a folder of the worker, or a bucket. */
export const createSnapshotPlaces = ({ buckets }: { readonly buckets: Buckets }): SnapshotPlaces => ({
  with: (place, step) =>
    place.kind === 'folder' ? step(createSnapshotFolder(place.folder)) : buckets.with(place.bucket, step),
});
