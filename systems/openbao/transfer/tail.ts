/**
 * Holds back the end of a stream. OpenBao reads an archive only as far as it needs: it restores one whose last bytes
 * (the gzip trailer, measured: up to 13) never arrived, and one that is followed by junk, whether or not the request was
 * complete. So "not sent to the end" means "not restored" only if what is missing reaches back into the archive's last
 * members, which is what this makes sure of: their few hundred bytes, and a tar's padding, are far smaller than the tail.
 */
const TAIL_BYTES = 64 * 1024;

export interface Tail {
  /** Takes the next bytes and returns those that lie far enough from the end, if any. */
  push(chunk: Buffer): Buffer;
  /** The bytes held back: all of them, if they are fewer than the tail. */
  rest(): Buffer;
}

export const createTail = (): Tail => {
  let held: Buffer = Buffer.alloc(0);
  return {
    push: (chunk) => {
      const known = Buffer.concat([held, chunk]);
      const released = Math.max(0, known.length - TAIL_BYTES);
      held = known.subarray(released);
      return known.subarray(0, released);
    },
    rest: () => held,
  };
};
