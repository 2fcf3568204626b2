/** A body of any size that a server sends: each of its bytes is counted, and it fails once none comes for too long. */
import { Readable } from 'node:stream';

export interface GuardedBodyOptions {
  /** What the bytes have to come to, if that is known. */
  readonly sizeBytes?: number;
  /** The longest wait for the next bytes; what the reader takes for itself does not count. */
  readonly stallTimeoutMs: number;
  /** What the body is destroyed with when nothing came for so long. */
  readonly stalled: () => Error;
  /** What the body's own error, or its stall, means to whoever reads. */
  readonly translate: (error: unknown) => unknown;
  /** Told of bytes as they come. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** The bytes of `body`, with errors translated; fails if they do not come to `sizeBytes`. Ends `body` when it ends. */
export const guardedBody = (body: Readable, options: GuardedBodyOptions): Readable => {
  const { sizeBytes, stallTimeoutMs, stalled, translate, onBytes } = options;
  const bytes = async function* (): AsyncGenerator<Buffer> {
    let seenBytes = 0;
    const giveUp = (): void => void body.destroy(stalled());
    let timer: NodeJS.Timeout | undefined = setTimeout(giveUp, stallTimeoutMs);
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        clearTimeout(timer);
        seenBytes += chunk.length;
        onBytes?.(chunk.length);
        if (sizeBytes !== undefined && seenBytes > sizeBytes) break;
        yield chunk;
        timer = setTimeout(giveUp, stallTimeoutMs);
      }
      if (sizeBytes !== undefined && seenBytes !== sizeBytes) {
        throw Object.assign(new Error('cut short'), { code: 'ECONNRESET' });
      }
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
