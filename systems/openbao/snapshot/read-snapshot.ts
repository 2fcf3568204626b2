import type { Readable } from 'node:stream';
import { openSnapshot, type SnapshotSummary } from './open-snapshot.js';

export type { SnapshotSummary } from './open-snapshot.js';

/**
 * Reads an archive to its end and says what it is, without a look at its entries.
 *
 * @throws as `openSnapshot`'s entries do.
 */
export const readSnapshot = async (archive: Readable): Promise<SnapshotSummary> => {
  const { entries, summary } = openSnapshot(archive, { entries: false });
  for await (const batch of entries) void batch;
  return summary;
};
