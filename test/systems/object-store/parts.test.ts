import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { createPartBuffers, fillParts } from '../../../systems/object-store/parts.js';

const partsOf = async (chunks: readonly Buffer[], partBytes: number): Promise<{ bytes: Buffer; isLast: boolean }[]> => {
  const parts = [];
  for await (const { bytes, isLast, release } of fillParts(Readable.from(chunks), createPartBuffers(1, partBytes))) {
    parts.push({ bytes: Buffer.from(bytes), isLast });
    release();
  }
  return parts;
};

it.each([
  ['one chunk a part', [4, 4, 4], [4, 4, 4]],
  ['chunks that are larger than a part', [10], [4, 4, 2]],
  ['chunks that are smaller', [1, 1, 1, 1, 1], [4, 1]],
  ['chunks across the border', [3, 3, 3], [4, 4, 1]],
  ['less than a part', [2], [2]],
  ['nothing', [], []],
  ['chunks of nothing', [0, 0], []],
])('fills parts from %s', async (_name, sizes, expected) => {
  const chunks = sizes.map((size) => randomBytes(size));
  const parts = await partsOf(chunks, 4);
  expect(parts.map(({ bytes }) => bytes.length)).toEqual(expected);
  expect(Buffer.concat(parts.map(({ bytes }) => bytes))).toEqual(Buffer.concat(chunks));
  expect(parts.map(({ isLast }) => isLast)).toEqual(expected.map((_size, index) => index === expected.length - 1));
});

it('waits for a buffer that is still in use', async () => {
  const parts = fillParts(Readable.from([randomBytes(8)]), createPartBuffers(1, 4));
  const first = await parts.next();
  let came = false;
  const second = parts.next().then((part) => {
    came = true;
    return part;
  });
  await new Promise(setImmediate);
  expect(came).toBe(false);
  first.value?.release();
  expect((await second).value?.bytes.length).toBe(4);
});

it("lets the stream's own error out", async () => {
  const failing = Readable.from(
    (async function* () {
      yield Buffer.alloc(3);
      await Promise.resolve();
      throw new Error('the source broke');
    })(),
  );
  await expect(fillParts(failing, createPartBuffers(1, 4)).next()).rejects.toThrow('the source broke');
});
