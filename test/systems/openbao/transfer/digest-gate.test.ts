import { describe, expect, it } from 'vitest';
import { createHash, randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDigestGate } from '../../../../systems/openbao/transfer/digest-gate.js';
import { verifyContent } from '../../../../systems/openbao/transfer/expected-content.js';

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const content = randomBytes(300_000);
const expected = { sha256: sha256(content), sizeBytes: content.length };

const streamOf = (bytes: Buffer, chunkBytes: number): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    })(),
    { objectMode: false },
  );

/** What comes out, and how it ends. */
const passThrough = async (bytes: Buffer, chunkBytes = 10_000) => {
  const passed: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      passed.push(chunk);
      done();
    },
  });
  const failure: unknown = await pipeline(streamOf(bytes, chunkBytes), createDigestGate(expected), sink).catch(
    (error: unknown) => error,
  );
  return { passed: Buffer.concat(passed), failure };
};

describe('the digest gate', () => {
  it.each([1_000, 64 * 1024, 299_999, 300_000])('passes the expected content in chunks of %i bytes', async (size) => {
    const { passed, failure } = await passThrough(content, size);
    expect(failure).toBeUndefined();
    expect(passed.equals(content)).toBe(true);
  });

  it('accepts a digest in capitals', async () => {
    await verifyContent(streamOf(content, 10_000), { ...expected, sha256: expected.sha256.toUpperCase() });
  });

  const oneBitOff = Buffer.from(content);
  oneBitOff[7] = (oneBitOff[7] ?? 0) ^ 1;

  it.each([
    ['has another digest', oneBitOff],
    ['is one byte short', content.subarray(0, -1)],
    ['is one byte long', Buffer.concat([content, Buffer.alloc(1)])],
  ])('never ends in good order on content that %s', async (_, changed) => {
    const { failure } = await passThrough(changed);
    expect(failure).toMatchObject({ type: 'SnapshotChanged', retryable: false });
    await expect(verifyContent(streamOf(changed, 10_000), expected)).rejects.toMatchObject({ type: 'SnapshotChanged' });
  });

  it("fails with the source's own error", async () => {
    const failure = new Error('the bucket went away');
    const source = Readable.from(
      (function* () {
        yield content;
        throw failure;
      })(),
      { objectMode: false },
    );
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
    await expect(pipeline(source, createDigestGate(expected), sink)).rejects.toBe(failure);
  });
});
