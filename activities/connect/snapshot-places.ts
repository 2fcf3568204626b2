import { createSnapshotFolder } from '../../systems/files/snapshot-folder.js';
import type { Buckets } from '../ports/buckets.js';
import type { SnapshotPlaces } from '../ports/snapshot-places.js';

/** Opens where snapshots lie. A folder is the worker's own; a bucket is opened as any other. */
export const createSnapshotPlaces = ({ buckets }: { readonly buckets: Buckets }): SnapshotPlaces => ({
  with: (place, step) =>
    place.kind === 'folder' ? step(createSnapshotFolder(place.folder)) : buckets.with(place.bucket, step),
});
