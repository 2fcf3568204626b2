/** Makes few large chunks of many small ones: TLS hands out 16 KiB at a time, and every step behind has a price a chunk. */
import { Transform } from 'node:stream';

/** Chunks of at least this size, but for the last. */
export const gatherChunks = (leastBytes = 256 * 1024): Transform => {
  let held: Buffer[] = [];
  let heldBytes = 0;
  const release = (): Buffer => {
    const gathered = held.length === 1 ? held[0]! : Buffer.concat(held, heldBytes);
    held = [];
    heldBytes = 0;
    return gathered;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes < leastBytes) done();
      else done(null, release());
    },
    flush(done) {
      if (heldBytes > 0) this.push(release());
      done();
    },
  });
};
