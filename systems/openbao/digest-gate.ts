/** Lets a snapshot pass only as far as it cannot do anything yet, and the rest only if it is the very one expected. */
import { Transform } from 'node:stream';
import { createContentCheck, type ExpectedContent } from './expected-content.js';
import { createTail } from './tail.js';

/**
 * Forwards bytes while hashing them, but withholds the last 64 KiB (or all of something smaller) until the end. If
 * digest or size differ, the stream fails with KnownFailure `SnapshotChanged` and the tail is never released, so that a
 * changed or damaged object is not submitted completely.
 */
export const createDigestGate = (expected: ExpectedContent): Transform => {
  const check = createContentCheck(expected);
  const tail = createTail();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        check.see(chunk);
        done(null, tail.push(chunk));
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        check.end();
        done(null, tail.rest());
      } catch (error) {
        done(error as Error);
      }
    },
  });
};
