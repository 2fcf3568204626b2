/** Gathers a stream into parts of one size, in a few buffers that are used again and again. */
import type { Readable } from 'node:stream';

export interface Part {
  readonly bytes: Buffer;
  /** Shorter than the others, or as long as they are. */
  readonly isLast: boolean;
  /** Gives the buffer back: `bytes` must not be looked at any more. */
  readonly release: () => void;
}

export interface PartBuffers {
  /** Resolves with a free buffer, as soon as there is one. */
  take(): Promise<Buffer>;
  give(buffer: Buffer): void;
}

/** The largest number of buffers, each made on first use. */
export const createPartBuffers = (most: number, partBytes: number): PartBuffers => {
  const free: Buffer[] = [];
  const waiting: ((buffer: Buffer) => void)[] = [];
  let made = 0;
  return {
    take: () => {
      const buffer = free.pop();
      if (buffer !== undefined) return Promise.resolve(buffer);
      if (made === most) return new Promise((resolve) => waiting.push(resolve));
      made += 1;
      return Promise.resolve(Buffer.allocUnsafeSlow(partBytes));
    },
    give: (buffer) => {
      const next = waiting.shift();
      if (next === undefined) free.push(buffer);
      else next(buffer);
    },
  };
};

/** @throws the stream's own error. Nothing comes of an empty stream. */
export async function* fillParts(body: Readable, buffers: PartBuffers): AsyncGenerator<Part, undefined> {
  let buffer: Buffer | undefined;
  let filled = 0;
  const part = (full: Buffer, isLast: boolean): Part => ({
    bytes: full.subarray(0, filled),
    isLast,
    release: () => buffers.give(full),
  });
  // A reader that stops early gives the reason when it destroys the stream.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length;) {
      // Only once there is more: the last part has to be known as such.
      if (buffer !== undefined && filled === buffer.length) {
        yield part(buffer, false);
        buffer = undefined;
      }
      if (buffer === undefined) {
        buffer = await buffers.take();
        filled = 0;
      }
      const copied = chunk.copy(buffer, filled, at);
      filled += copied;
      at += copied;
    }
  }
  if (buffer !== undefined) yield part(buffer, true);
  return undefined;
}
