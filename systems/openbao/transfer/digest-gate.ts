/** Lets a snapshot pass to its end only if it is the very one expected. */
import { Transform } from 'node:stream';
import { createContentCheck, type ExpectedContent } from './expected-content.js';

/**
 * Forwards bytes while hashing them. If digest or size differ, the stream fails with KnownFailure `SnapshotChanged`
 * instead of ending. The upload holds back the tail of a source until it ended in good order, so a changed or damaged
 * object is never submitted completely.
 */
export const createDigestGate = (expected: ExpectedContent): Transform => {
  const check = createContentCheck(expected);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        check.see(chunk);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        check.end();
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
};
