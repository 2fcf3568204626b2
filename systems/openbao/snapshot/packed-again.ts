/** Scripts pack a snapshot once more before they upload it (`bao.snap.gz`), although it is packed as OpenBao writes it. */
import { Readable } from 'node:stream';
import { constants, gunzipSync } from 'node:zlib';

/** Enough for a gzip header with the name of a file, and for the first bytes of what is within. */
const peekedBytes = 1024;

export interface LookedInto {
  /** Whether the archive holds another one. */
  readonly packedAgain: boolean;
  /** With all its bytes, those that were looked at as well. */
  readonly archive: Readable;
}

/** An archive that fails, or is no gzip, is not packed again: its reader finds out what is wrong with it. */
export const lookInto = async (archive: Readable): Promise<LookedInto> => {
  let head = Buffer.alloc(0);
  for (;;) {
    const chunk = archive.read() as Buffer | null;
    if (chunk !== null) head = Buffer.concat([head, chunk]);
    if (head.length >= peekedBytes) {
      // At once: behind its end, nothing can be put back.
      archive.unshift(head);
      return { packedAgain: holdsGzip(head), archive };
    }
    if (chunk !== null) continue;
    const next = await whatComes(archive);
    if (next === 'failed') return { packedAgain: false, archive };
    if (next === 'end') return { packedAgain: holdsGzip(head), archive: Readable.from([head], { objectMode: false }) };
  }
};

const holdsGzip = (head: Buffer): boolean => {
  try {
    const [first, second] = gunzipSync(head.subarray(0, peekedBytes), { finishFlush: constants.Z_SYNC_FLUSH });
    return first === 0x1f && second === 0x8b;
  } catch {
    return false;
  }
};

const whatComes = (archive: Readable): Promise<'more' | 'end' | 'failed'> =>
  new Promise((resolve) => {
    // A stream that has ended is destroyed as well.
    if (archive.readableEnded) return resolve('end');
    if (archive.destroyed) return resolve('failed');
    const settle = (what: 'more' | 'end' | 'failed') => (): void => {
      for (const [event, listener] of listeners) archive.off(event, listener);
      resolve(what);
    };
    const listeners = [
      ['end', settle('end')],
      ['readable', settle('more')],
      ['error', settle('failed')],
      ['close', settle('failed')],
    ] as const;
    for (const [event, listener] of listeners) archive.on(event, listener);
  });
