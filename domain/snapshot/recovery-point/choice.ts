/** Chooses the snapshot that a run restores from a listing of any length: each object is looked at once, and few are remembered. */
import { asCandidate, type Candidate, isArchived, isSnapshotName, type ListedObject } from './candidate.js';

export type RecoveryPointChoice =
  | { readonly way: 'newest' }
  | { readonly way: 'oldest' }
  /** Any of those taken within so many seconds before now; one that lies in an archive class is passed over. */
  | { readonly way: 'random'; readonly withinSeconds: number }
  /** The newest that was not taken after this time, in ISO 8601. */
  | { readonly way: 'at'; readonly time: string }
  | { readonly way: 'key'; readonly key: string; readonly versionId?: string | undefined };

/** Objects that were not chosen from, and why. */
export interface PassedOver {
  readonly count: number;
  /** The first few keys. */
  readonly examples: readonly string[];
}

export interface RecoveryPointSearch {
  /** Undefined if nothing fits the choice. */
  readonly chosen?: Candidate;
  /** Undefined if there is no snapshot at all. */
  readonly newest?: Candidate;
  readonly snapshots: number;
  /** Not named as snapshots are. */
  readonly notSnapshots: PassedOver;
  /** Snapshots in an archive class, which a random choice passes over. */
  readonly archived: PassedOver;
}

export interface SearchOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A number from 0 to below 1, each time it is asked. */
  readonly random: () => number;
}

export interface OpenSearch {
  look(object: ListedObject): void;
  end(): RecoveryPointSearch;
}

export const openSearch = (
  choice: Exclude<RecoveryPointChoice, { way: 'key' }>,
  { now, random }: SearchOptions,
): OpenSearch => {
  let chosen: Candidate | undefined;
  let newest: Candidate | undefined;
  let snapshots = 0;
  let fitting = 0;
  const notSnapshots = openCount();
  const archived = openCount();

  const isBetter = (candidate: Candidate): boolean => {
    const takenMs = Date.parse(candidate.takenAt);
    switch (choice.way) {
      case 'newest':
        return isLater(candidate, chosen);
      case 'oldest':
        return chosen === undefined || isLater(chosen, candidate);
      case 'at':
        return takenMs <= Date.parse(choice.time) && isLater(candidate, chosen);
      case 'random': {
        if (takenMs < now - choice.withinSeconds * 1000) return false;
        if (isArchived(candidate)) {
          archived.add(candidate.key);
          return false;
        }
        fitting += 1;
        // The n-th takes the place of the one that is held with a chance of 1 in n: in the end each has had the same.
        return random() * fitting < 1;
      }
    }
  };

  return {
    look(object) {
      if (!isSnapshotName(object.key)) return notSnapshots.add(object.key);
      snapshots += 1;
      const candidate = asCandidate(object);
      if (isLater(candidate, newest)) newest = candidate;
      if (isBetter(candidate)) chosen = candidate;
    },
    end: () => ({
      ...(chosen !== undefined && { chosen }),
      ...(newest !== undefined && { newest }),
      snapshots,
      notSnapshots: notSnapshots.end(),
      archived: archived.end(),
    }),
  };
};

/** Two of the same second go by their keys, so that a repeated search finds the same. */
const isLater = (candidate: Candidate, than: Candidate | undefined): boolean => {
  if (than === undefined) return true;
  const [mine, theirs] = [Date.parse(candidate.takenAt), Date.parse(than.takenAt)];
  return mine === theirs ? candidate.key > than.key : mine > theirs;
};

const mostExamples = 5;

const openCount = (): { add(key: string): void; end(): PassedOver } => {
  let count = 0;
  const examples: string[] = [];
  return {
    add(key) {
      count += 1;
      if (examples.length < mostExamples) examples.push(key);
    },
    end: () => ({ count, examples: [...examples] }),
  };
};
