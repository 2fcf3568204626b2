/** Finds objects in an archive class, which are unreadable until they are restored in the bucket. */
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { isArchived } from '../../domain/snapshot/recovery-point/candidate.js';

export interface ArchiveClass {
  readonly storageClass: string;
  /** A restore in the bucket was asked for, and is not done. */
  readonly restoring: boolean;
}

/** Undefined for an object that can be read: one of another class, or of which the bucket holds a restored copy. */
export const archiveClassOf = ({
  StorageClass,
  ArchiveStatus,
  Restore = '',
}: Pick<HeadObjectCommandOutput, 'StorageClass' | 'ArchiveStatus' | 'Restore'>): ArchiveClass | undefined => {
  const archived = ArchiveStatus ?? (isArchived({ storageClass: StorageClass }) ? StorageClass : undefined);
  if (archived === undefined || /ongoing-request="false"/.test(Restore)) return undefined;
  return { storageClass: archived, restoring: /ongoing-request="true"/.test(Restore) };
};
