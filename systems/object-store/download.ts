/** Streams an object out of a bucket. */
import { Readable } from 'node:stream';

/** The bytes of `body`, with errors translated; fails if they do not come to `sizeBytes`. Ends `body` when it ends. */
export const guardedBody = (body: Readable, sizeBytes: number, translate: (error: unknown) => unknown): Readable => {
  const bytes = async function* (): AsyncGenerator<Buffer> {
    let seenBytes = 0;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        seenBytes += chunk.length;
        yield chunk;
      }
      if (seenBytes !== sizeBytes) throw Object.assign(new Error('cut short'), { code: 'ECONNRESET' });
    } catch (error) {
      throw translate(error);
    }
  };
  const guarded = Readable.from(bytes(), { objectMode: false });
  // A stream that is destroyed before it is read never enters the generator.
  guarded.once('close', () => body.destroy());
  return guarded;
};
