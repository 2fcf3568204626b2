import type { SnapshotPlace } from '../../domain/snapshot/recovery-point/place.js';
import type { ObjectStore, StoredObject } from '../../systems/object-store/client.js';

/** What steps need of a bucket or a folder that holds snapshots: nothing of it changes. */
export interface SnapshotStore {
  /** As {@link ObjectStore.objects}. */
  objects(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
  readonly head: ObjectStore['head'];
  readonly download: ObjectStore['download'];
}

export interface SnapshotPlaces {
  /** Opens the place for the step, and closes its connections however the step ended. */
  with<T>(place: SnapshotPlace, step: (store: SnapshotStore) => Promise<T>): Promise<T>;
}
