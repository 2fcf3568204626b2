/** Entries of made-up snapshots, as a reader hands them out. */
import { createHash } from 'node:crypto';
import type { SnapshotEntry } from '../../../../systems/openbao/snapshot/open-snapshot.js';

/** Values by key. */
export type Store = ReadonlyMap<string, string>;

export const entryOf = (key: string, value = ''): SnapshotEntry => ({
  key: Buffer.from(key),
  valueSha256: createHash('sha256').update(value).digest(),
  valueBytes: Buffer.byteLength(value),
});

/** In byte order of the keys. */
export const entriesOf = (store: Store): SnapshotEntry[] =>
  [...store].map(([key, value]) => entryOf(key, value)).sort((a, b) => Buffer.compare(a.key, b.key));

/** Hands out the entries in batches of up to so many, some of them empty. */
export const inBatches = async function* (
  entries: readonly SnapshotEntry[],
  size = 7,
): AsyncGenerator<readonly SnapshotEntry[]> {
  yield [];
  for (let at = 0; at < entries.length; at += size) {
    yield entries.slice(at, at + size);
    if (at % 3 === 0) yield [];
  }
};
