import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, createGzip, deflateRawSync, type Gzip, gzipSync, type ZlibParams } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzip } from '../../../../systems/openbao/snapshot/gunzip.js';
import { createStoredBlocks } from '../../../../systems/openbao/snapshot/stored-blocks.js';

const inPieces = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));

const unpack = async (archive: Buffer, size: number): Promise<Buffer> => {
  const seen: Buffer[] = [];
  for await (const chunk of gunzip(Readable.from(inPieces(archive, size)), () => undefined))
    seen.push(Buffer.from(chunk));
  return Buffer.concat(seen);
};

describe('stored blocks', () => {
  it('come out as they were, however the input is cut, and say what follows', () => {
    const content = randomBytes(200_000);
    const packed = Buffer.concat([deflateRawSync(content, { level: 0 }), Buffer.from('behind')]);
    for (const size of [1, 3, 4099, packed.length]) {
      const blocks = createStoredBlocks();
      const seen: Buffer[] = [];
      const behind: Buffer[] = [];
      for (const piece of inPieces(packed, size)) {
        const { pieces, then, rest } = blocks.push(piece);
        seen.push(...pieces);
        if (then === 'ended') behind.push(rest);
      }
      expect(Buffer.concat(seen).equals(content)).toBe(true);
      expect(Buffer.concat(behind).toString()).toBe('behind');
      expect(blocks.window().equals(content.subarray(-32 * 1024))).toBe(true);
    }
  });

  it('of one byte each cost no more than their bytes', () => {
    const block = Buffer.from([0, 1, 0, 0xfe, 0xff, 0x61]);
    const chunk = Buffer.alloc(block.length * 10_000, block);
    const blocks = createStoredBlocks();
    const began = performance.now();
    let pieces = 0;
    for (let round = 0; round < 100; round += 1) pieces += blocks.push(chunk).pieces.length;
    expect(pieces).toBe(100);
    expect(blocks.window().equals(Buffer.alloc(32 * 1024, 'a'))).toBe(true);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('a gzip', () => {
  /** Stored first, then blocks that refer back into what was stored. */
  const mixed = async (content: Buffer): Promise<Buffer> => {
    const gzip = createGzip({ level: 0 }) as Gzip & Pick<ZlibParams, 'params'>;
    const parts: Buffer[] = [];
    gzip.on('data', (chunk: Buffer) => parts.push(chunk));
    const ended = new Promise((resolve) => gzip.once('end', resolve));
    await new Promise<void>((resolve) => gzip.write(content, () => resolve()));
    await new Promise<void>((resolve) => gzip.flush(constants.Z_FULL_FLUSH, () => resolve()));
    await new Promise<void>((resolve) => gzip.params(9, constants.Z_DEFAULT_STRATEGY, () => resolve()));
    gzip.end(content);
    await ended;
    return Buffer.concat(parts);
  };

  it.each([1, 777, 1 << 20])(
    'is unpacked whether it is stored, compressed or both, in pieces of %d bytes',
    async (size) => {
      const content = Buffer.concat([
        randomBytes(30_000),
        Buffer.alloc(30_000, 'text that repeats '),
        randomBytes(1000),
      ]);
      expect((await unpack(gzipSync(content, { level: 0 }), size)).equals(content)).toBe(true);
      expect((await unpack(gzipSync(content, { level: 9 }), size)).equals(content)).toBe(true);
      expect((await unpack(await mixed(content), size)).equals(Buffer.concat([content, content]))).toBe(true);
    },
  );
});
