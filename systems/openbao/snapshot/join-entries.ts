/** Walks through the entries of two snapshots side by side. */
import { KnownFailure } from '../../../domain/known-failure.js';
import type { SnapshotEntry } from './open-snapshot.js';

/** In byte order of the keys, each key once, in batches of any size. */
export type OrderedEntries = AsyncIterable<readonly SnapshotEntry[]>;

export interface SnapshotPair {
  readonly source: OrderedEntries;
  readonly target: OrderedEntries;
}

/** Called in byte order of the keys, once for each; at least one of the two is there, and if both are, their keys are equal. */
export type SeeEntries = (source: SnapshotEntry | undefined, target: SnapshotEntry | undefined) => void;

/**
 * A merge join: shows every key of either side, with its entry there. Reads both sides to their ends, and holds one batch
 * of each. If anything fails, both sides are closed before that error passes.
 *
 * @throws KnownFailure `SnapshotUnordered`: a side is not in byte order of its keys, or holds one twice.
 * @throws a side's own error.
 */
export const joinEntries = async ({ source, target }: SnapshotPair, see: SeeEntries): Promise<void> => {
  const left = createCursor('source', source);
  const right = createCursor('target', target);
  try {
    for (;;) {
      // One after the other: an iterator that still waits for its next batch could not be closed when the other fails.
      if (left.isSpent()) await left.fill();
      if (right.isSpent()) await right.fill();
      const [ours, theirs] = [left.peek(), right.peek()];
      if (ours === undefined && theirs === undefined) return;
      const order = ours === undefined ? 1 : theirs === undefined ? -1 : Buffer.compare(ours.key, theirs.key);
      see(order <= 0 ? ours : undefined, order >= 0 ? theirs : undefined);
      if (order <= 0) left.advance();
      if (order >= 0) right.advance();
    }
  } catch (error) {
    await Promise.allSettled([left.close(), right.close()]);
    throw error;
  }
};

interface Cursor {
  /** The entry it stands at; undefined at the end. */
  peek(): SnapshotEntry | undefined;
  advance(): void;
  /** Whether it has to be filled before it can say what comes next. */
  isSpent(): boolean;
  fill(): Promise<void>;
  close(): Promise<void>;
}

const createCursor = (side: keyof SnapshotPair, batches: OrderedEntries): Cursor => {
  const iterator = batches[Symbol.asyncIterator]();
  let batch: readonly SnapshotEntry[] = [];
  let at = 0;
  let ended = false;
  let last: Buffer | undefined;

  const expectOrder = (): void => {
    const next = batch[at]?.key;
    if (last === undefined || next === undefined || Buffer.compare(last, next) < 0) return;
    throw new KnownFailure(
      'SnapshotUnordered',
      'The entries of a snapshot are not in the order of their keys, so they cannot be compared: check what wrote it.',
      { facts: { side } },
    );
  };

  return {
    peek: () => batch[at],
    advance: () => {
      last = batch[at]?.key;
      at += 1;
      expectOrder();
    },
    isSpent: () => !ended && at >= batch.length,
    fill: async () => {
      while (!ended && at >= batch.length) {
        const next = await iterator.next();
        [batch, at, ended] = next.done === true ? [[], 0, true] : [next.value, 0, false];
      }
      expectOrder();
    },
    close: async () => {
      await iterator.return?.();
    },
  };
};
