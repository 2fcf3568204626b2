/**
 * Reads a snapshot archive as it streams past, and lets it end only if it is whole. OpenBao answers 200 before it knows
 * whether saving succeeds, so a snapshot is only worth keeping once its own checksums were recomputed.
 */
import { PassThrough, Transform } from 'node:stream';
import type { SnapshotSummary } from './open-snapshot.js';
import { readSnapshot } from './read-snapshot.js';

export interface ArchiveInspector {
  /**
   * Passes the archive on, byte for byte, and fails with a KnownFailure for which `isSnapshotFailure` holds instead of ending
   * if it is damaged.
   */
  readonly stream: Transform;
  /** Resolves once the archive was found whole; rejects as {@link stream} fails. Safe to leave unheard. */
  readonly result: Promise<SnapshotSummary>;
}

/** Makes an inspector for one archive; memory stays flat whatever the size. */
export const createArchiveInspector = (): ArchiveInspector => {
  const copy = new PassThrough();
  const reading = readSnapshot(copy);
  let resolve!: (summary: SnapshotSummary) => void;
  let reject!: (error: unknown) => void;
  const result = new Promise<SnapshotSummary>((...settle) => ([resolve, reject] = settle));
  result.catch(() => undefined);

  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      // Calling back only once the chunk was taken keeps memory flat. A failed write ends the stream through `reading`.
      copy.write(chunk, (error) => (error ? undefined : done(null, chunk)));
    },
    flush(done) {
      copy.end();
      reading.then(
        (summary) => {
          resolve(summary);
          done();
        },
        (error: Error) => done(error),
      );
    },
    destroy(error, done) {
      // No effect after the end of the stream.
      const reason = error ?? new Error('The archive was not read to its end');
      reject(reason);
      copy.destroy(reason);
      done(error);
    },
  });
  reading.catch((error: Error) => stream.destroy(error));
  return { stream, result };
};
