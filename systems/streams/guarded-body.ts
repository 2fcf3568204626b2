/** A body of any size that a server sends: each of its bytes is counted, and it fails once none comes for too long. */
import { Readable } from 'node:stream';

export interface GuardedBodyOptions {
  /** The expected size, if it is known. */
  readonly sizeBytes?: number;
  /** The longest wait for the next bytes; what the reader takes for itself does not count. */
  readonly stallTimeoutMs: number;
  /** The error of a body that was silent for so long. */
  readonly stalled: () => Error;
  /** Translates the body's own error, or its stall, for the reader. */
  readonly translate: (error: unknown) => unknown;
  /** Receives the number of bytes as they arrive. */
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
