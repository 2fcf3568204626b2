import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { gatherChunks } from '../../../systems/streams/gather-chunks.js';

const gathered = async (chunks: readonly Buffer[], leastBytes: number): Promise<Buffer[]> => {
  const seen: Buffer[] = [];
  const gathering = gatherChunks(leastBytes).on('data', (chunk: Buffer) => seen.push(chunk));
  await pipeline(Readable.from(chunks), gathering);
  return seen;
};

it('passes every byte on, in order, in chunks of at least the size asked for', async () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 256));
  const chunks = Array.from({ length: 143 }, (_, at) => bytes.subarray(at * 7, at * 7 + 7));
  const seen = await gathered(chunks, 100);
  expect(Buffer.concat(seen)).toEqual(bytes);
  expect(seen.slice(0, -1).every(({ length }) => length >= 100)).toBe(true);
  expect(seen).toHaveLength(10);
});

it('ends without a chunk where there was none', async () => {
  expect(await gathered([], 100)).toEqual([]);
});
