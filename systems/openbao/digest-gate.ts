/** Lets a snapshot pass only as far as it cannot do anything yet, and the rest only if it is the very one expected. */
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { KnownFailure } from '../../domain/known-failure.js';

/** How much is held back, at most: enough that what passed cannot be a whole archive. */
const TAIL_BYTES = 64 * 1024;

export interface ExpectedContent {
  /** Hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Forwards bytes while hashing them, but withholds the last 64 KiB (or all of something smaller) until the end. If
 * digest or size differ, the stream fails with KnownFailure `SnapshotChanged` and the tail is never released: a changed
 * object cannot be submitted completely, and OpenBao does not apply a cut one.
 */
export const createDigestGate = ({ sha256, sizeBytes }: ExpectedContent): Transform => {
  const hash = createHash('sha256');
  let seenBytes = 0;
  let held: Buffer = Buffer.alloc(0);

  const changed = (what: string): KnownFailure =>
    new KnownFailure(
      'SnapshotChanged',
      `The snapshot's ${what} is not the one recorded with it, so it was not submitted: find out what changed it.`,
      { facts: { expectedBytes: sizeBytes, seenBytes } },
    );

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      seenBytes += chunk.length;
      if (seenBytes > sizeBytes) return done(changed('size'));
      const known = Buffer.concat([held, chunk]);
      const released = Math.max(0, known.length - TAIL_BYTES);
      held = known.subarray(released);
      done(null, known.subarray(0, released));
    },
    flush(done) {
      if (seenBytes !== sizeBytes) return done(changed('size'));
      if (hash.digest('hex') !== sha256.toLowerCase()) return done(changed('SHA-256'));
      done(null, held);
    },
  });
};
