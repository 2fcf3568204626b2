import { describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type Members, membersOf, sha256, streamOf } from './archives.js';
import { createArchiveInspector } from '../../../../systems/openbao/snapshot/archive-inspector.js';

const state = randomBytes(300_000);
const whole = membersOf(state);

/** By another writer than the one of the other tests. */
const archive = async (members: Members, level = 0): Promise<Buffer> => {
  const tar = pack();
  for (const [name, content] of members) tar.entry({ name }, content);
  tar.finalize();
  return gzipSync(await buffer(tar), { level });
};

const inspect = async (bytes: Buffer, chunkBytes = 16_384) => {
  const { stream, result } = createArchiveInspector();
  const passed: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      passed.push(chunk);
      done();
    },
  });
  await pipeline(streamOf(bytes, chunkBytes), stream, sink);
  return { summary: await result, passed: Buffer.concat(passed) };
};

describe('the archive inspector', () => {
  it.each([
    ['stored, as OpenBao writes since 2.6', 0],
    ['compressed, as before', 6],
  ])('passes a whole archive on unchanged when it is %s', async (_, level) => {
    const bytes = await archive(whole, level);
    const { summary, passed } = await inspect(bytes);
    expect(passed.equals(bytes)).toBe(true);
    expect(summary).toMatchObject({
      index: 30,
      term: 3,
      stateSha256: sha256(state),
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    });
    expect(summary.members).toContainEqual({ name: 'state.bin', sizeBytes: 300_000 });
  });

  it('accepts members in another order, as OpenBao does', async () => {
    expect((await inspect(await archive([...whole].reverse()))).summary.index).toBe(30);
  });

  it('reads archives that arrive byte by byte', async () => {
    const small = membersOf('small state');
    expect((await inspect(await archive(small), 1)).summary.stateSha256).toBe(sha256('small state'));
  });

  it.each([
    ['cut in the middle', (bytes: Buffer) => bytes.subarray(0, 150_000), 'SnapshotTruncated'],
    [
      "cut in gzip's last bytes, which OpenBao would restore",
      (bytes: Buffer) => bytes.subarray(0, -5),
      'SnapshotTruncated',
    ],
    ['followed by zeros', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(99)]), 'SnapshotTrailingData'],
    ['no archive at all', () => Buffer.from('{"errors":["internal error"]}'), 'NotASnapshot'],
    ['empty', () => Buffer.alloc(0), 'SnapshotTruncated'],
  ])('does not let an archive end that is %s', async (_, spoil, type) => {
    await expect(inspect(spoil(await archive(whole)))).rejects.toMatchObject({ type, retryable: false });
  });

  it("fails with the destination's own error when that fails first", async () => {
    const { stream, result } = createArchiveInspector();
    const failure = new Error('the bucket went away');
    const sink = new Writable({ write: (_chunk, _encoding, done) => done(failure) });
    await expect(pipeline(Readable.from([await archive(whole)]), stream, sink)).rejects.toBe(failure);
    await expect(result).rejects.toBe(failure);
  });

  it('takes no more in than its destination takes out, but for some buffers', async () => {
    const large = Buffer.alloc(30_000_000, 'x');
    const bytes = await archive(membersOf(large));
    let givenBytes = 0;
    let takenBytes = 0;
    let mostBetween = 0;
    const chunks = function* () {
      for (let at = 0; at < bytes.length; at += 65_536) {
        const chunk = bytes.subarray(at, at + 65_536);
        givenBytes += chunk.length;
        yield chunk;
      }
    };
    const slowSink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        mostBetween = Math.max(mostBetween, givenBytes - takenBytes);
        takenBytes += chunk.length;
        setImmediate(done);
      },
    });
    await pipeline(Readable.from(chunks(), { objectMode: false }), createArchiveInspector().stream, slowSink);
    expect(takenBytes).toBe(bytes.length);
    expect(mostBetween).toBeLessThan(1_000_000);
  });
});
