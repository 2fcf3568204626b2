/** Recognizes snapshots by their names, and the time at which each was taken. */
import { timeInName } from '../name-time.js';

/** An object of a bucket, or a file of a folder, as a listing shows it. */
export interface ListedObject {
  /** In the bucket, or below the folder, with `/` between its parts. */
  readonly key: string;
  readonly sizeBytes: number;
  /** ISO 8601: when the store got it. */
  readonly storedAt: string;
  /** S3's storage class, if the store reports it. */
  readonly storageClass?: string;
}

export interface Candidate extends ListedObject {
  /** ISO 8601. */
  readonly takenAt: string;
  /** The origin of the time: the object's name, or the store, which knows when it got the object. */
  readonly takenBy: 'name' | 'store';
}

/** Endings of the programs that take snapshots, and of scripts that compress what they took. */
const ending = /\.(?:snap|snapshot)(?:\.gz)?$|\.(?:tgz|tar\.gz)$/i;

/** A name without an ending, of those who write none. */
const bare = /^(?=.*(?:snap|raft|bao|vault))[^.]+$/i;

/** Whether an object's name is a snapshot's. Folder markers, companions, half-uploaded and encrypted files are none. */
export const isSnapshotName = (key: string): boolean => {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return !name.startsWith('.') && (ending.test(name) || bare.test(name));
};

/**
 * A name's time is believed unless it is later than the time at which the store got the object: nothing is stored before it was
 * taken, so the name's clock or its unstated time zone is wrong.
 */
export const asCandidate = (object: ListedObject): Candidate => {
  const named = timeInName(object.key)?.at;
  return named !== undefined && Date.parse(named) <= Date.parse(object.storedAt)
    ? { ...object, takenAt: named, takenBy: 'name' }
    : { ...object, takenAt: object.storedAt, takenBy: 'store' };
};

/** S3's classes that have to be restored in the bucket before they can be read. */
const archiveClasses = ['GLACIER', 'DEEP_ARCHIVE'];

export const isArchived = ({ storageClass }: { readonly storageClass?: string | undefined }): boolean =>
  storageClass !== undefined && archiveClasses.includes(storageClass);
