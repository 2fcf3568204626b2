import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inspectSnapshot } from '../../../../systems/openbao/snapshot/inspect-snapshot.js';
import { lookInto } from '../../../../systems/openbao/snapshot/packed-again.js';
import { readSnapshot } from '../../../../systems/openbao/snapshot/read-snapshot.js';
import { archiveOf, entry, membersOf, sha256, streamOf } from './archives.js';

const archive = archiveOf(membersOf(entry('core/a', 'x'.repeat(100_000))), 6);
const again = gzipSync(archive);
const stored = gzipSync(archiveOf(membersOf(entry('core/a', 'x'.repeat(100_000))), 0), { level: 0 });

describe('an archive that was packed once more', () => {
  it.each([
    ['compressed', again, 16_384],
    ['stored', stored, 16_384],
    ['in single bytes', again, 1],
  ])('is read as what is in it, and keeps the digest of what it is: %s', async (_, bytes, chunkBytes) => {
    const { summary, inspection } = await inspectSnapshot(streamOf(bytes, chunkBytes));
    expect(inspection).toMatchObject({ entries: 1, index: 30 });
    expect(summary).toMatchObject({ sha256: sha256(bytes), sizeBytes: bytes.length });
  });

  it.each([
    ['cut short', again.subarray(0, -20), 'SnapshotTruncated'],
    ['followed by something', Buffer.concat([again, Buffer.from('x')]), 'SnapshotTrailingData'],
    ['cut short within', gzipSync(archive.subarray(0, -20)), 'SnapshotTruncated'],
    ['of something else', gzipSync(gzipSync('no snapshot, '.repeat(1000))), 'SnapshotTarDamaged'],
  ])('is damaged when it is %s', async (_, bytes, type) => {
    await expect(readSnapshot(streamOf(bytes))).rejects.toMatchObject({ type });
  });
});

describe('looking into an archive', () => {
  it('tells the two apart, and takes nothing from them', async () => {
    for (const [bytes, expected] of [
      [archive, false],
      [again, true],
    ] as const) {
      for (const chunkBytes of [1, 100, 1_000_000]) {
        const stream = streamOf(bytes, chunkBytes);
        const { packedAgain, archive: whole } = await lookInto(stream);
        expect(packedAgain).toBe(expected);
        expect((await buffer(whole)).equals(bytes)).toBe(true);
      }
    }
  });

  it.each([Buffer.alloc(0), Buffer.from('x'), Buffer.from([0x1f, 0x8b]), Buffer.alloc(10_000, 'text')])(
    'leaves to its reader what is no gzip, or empty',
    async (bytes) => {
      const stream = streamOf(bytes);
      const { packedAgain, archive: whole } = await lookInto(stream);
      expect(packedAgain).toBe(false);
      expect((await buffer(whole)).equals(bytes)).toBe(true);
    },
  );

  it('leaves the failure of a stream to its reader, before its first byte and behind it', async () => {
    for (const first of [[], [Buffer.from('a')]]) {
      const failing = Readable.from(
        (function* () {
          yield* first;
          throw new Error('the connection broke');
        })(),
        { objectMode: false },
      );
      const { packedAgain, archive: whole } = await lookInto(failing);
      expect(packedAgain).toBe(false);
      await expect(buffer(whole)).rejects.toThrow('the connection broke');
    }
  });

  it('waits for what comes late', async () => {
    const late = new PassThrough();
    setTimeout(() => late.end(again), 20);
    const { packedAgain, archive: whole } = await lookInto(late);
    expect(packedAgain).toBe(true);
    expect((await buffer(whole)).equals(again)).toBe(true);
  });
});
