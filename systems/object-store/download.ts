/** Streams an object out of a bucket. */
import { Readable } from 'node:stream';
import { describeMs } from '../../domain/units.js';
import { StoreSilent } from './answers.js';

export interface GuardedBodyOptions {
  /** What the bytes have to come to. */
  readonly sizeBytes: number;
  /** The longest wait for the next bytes; what the reader takes for itself does not count. */
  readonly stallTimeoutMs: number;
  readonly translate: (error: unknown) => unknown;
}

/** The bytes of `body`, with errors translated; fails if they do not come to `sizeBytes`. Ends `body` when it ends. */
export const guardedBody = (body: Readable, { sizeBytes, stallTimeoutMs, translate }: GuardedBodyOptions): Readable => {
  const bytes = async function* (): AsyncGenerator<Buffer> {
    let seenBytes = 0;
    const stalled = (): void => {
      body.destroy(new StoreSilent(`no byte for ${describeMs(stallTimeoutMs)}`));
    };
    let timer: NodeJS.Timeout | undefined = setTimeout(stalled, stallTimeoutMs);
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        clearTimeout(timer);
        seenBytes += chunk.length;
        if (seenBytes > sizeBytes) break;
        yield chunk;
        timer = setTimeout(stalled, stallTimeoutMs);
      }
      if (seenBytes !== sizeBytes) throw Object.assign(new Error('cut short'), { code: 'ECONNRESET' });
    } catch (error) {
      throw translate(error);
    } finally {
      clearTimeout(timer);
    }
  };
  const guarded = Readable.from(bytes(), { objectMode: false });
  // A stream that is destroyed before it is read never enters the generator.
  guarded.once('close', () => body.destroy());
  return guarded;
};
