/** A place of snapshots: a bucket, or a folder of the worker's machine. */
import type { Bucket } from '../../pair/topology.js';

export type SnapshotPlace =
  | {
      readonly kind: 'bucket';
      readonly bucket: Bucket;
      /** Keys begin with it. Empty: the whole bucket. */
      readonly prefix: string;
    }
  | {
      readonly kind: 'folder';
      /** An absolute path. */
      readonly folder: string;
    };

/** `s3://backups/prod/`, `/var/backups/openbao`. */
export const describePlace = (place: SnapshotPlace): string =>
  place.kind === 'bucket' ? `s3://${place.bucket.name}/${place.prefix}` : place.folder;
