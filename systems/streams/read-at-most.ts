/** Reads what has to be small: a server that never ends its answer must not fill the memory of who asked. */
import { exactBytes } from '../../domain/units.js';

/** There was more than allowed. */
export class TooLarge extends Error {
  readonly code = 'TOO_LARGE';
}

/** All bytes of a body. Destroys the body if it fails. @throws {@link TooLarge} at the first byte too many; the body's own error. */
export const readAtMost = async (body: AsyncIterable<Uint8Array | string>, mostBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let seenBytes = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk as Uint8Array);
    seenBytes += bytes.length;
    if (seenBytes > mostBytes) throw new TooLarge(`more than ${exactBytes(mostBytes)}`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
};
