import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { isSnapshotFailure } from '../../../../systems/openbao/snapshot/failures.js';
import {
  openSnapshot,
  type OpenSnapshotOptions,
  type SnapshotEntry,
} from '../../../../systems/openbao/snapshot/open-snapshot.js';
import { readSnapshot } from '../../../../systems/openbao/snapshot/read-snapshot.js';
import {
  archiveOf,
  delimited,
  entry,
  field,
  membersOf,
  meta,
  padded,
  replaced,
  sha256,
  streamOf,
  sumsOf,
  tarEnd,
  tarHeader,
  tarOf,
  varint,
} from './archives.js';

/** Longer than any chunk on the way. */
const long = Buffer.alloc(3_000_000, 'long');
const stored: readonly (readonly [key: string, value: Buffer | string])[] = [
  ['core/seal-config', '{"type":"transit"}'],
  ['core/versions/2.7.2', 'encrypted'],
  ['logical/0123/empty', ''],
  ['logical/0123/long', long],
  ['logical/0123/small', 'encrypted'],
  [`sys/expire/id/${'x'.repeat(60_000)}`, 'encrypted'],
];
const state = Buffer.concat(stored.map(([key, value]) => entry(key, value)));
const whole = membersOf(state);

const collect = async (archive: Readable, options?: OpenSnapshotOptions) => {
  const { entries, summary } = openSnapshot(archive, options);
  const found: SnapshotEntry[] = [];
  for await (const batch of entries) found.push(...batch);
  return { found, summary: await summary };
};

const read = (bytes: Buffer, options?: OpenSnapshotOptions, chunkBytes?: number) =>
  collect(streamOf(bytes, chunkBytes), options);

describe('a whole archive', () => {
  it.each([
    ['stored', 0, 16_384],
    ['stored, in small pieces', 0, 1_009],
    ['compressed', 6, 16_384],
    ['compressed, in one piece', 6, 10_000_000],
  ])('gives its entries and says what it is when it is %s', async (_, level, chunkBytes) => {
    const bytes = archiveOf(whole, level);
    const { found, summary } = await read(bytes, {}, chunkBytes);
    expect(
      found.map(({ key, valueSha256, valueBytes }) => [key.toString(), valueSha256.toString('hex'), valueBytes]),
    ).toEqual(stored.map(([key, value]) => [key, sha256(value), value.length]));
    expect(found.map(({ plain }) => plain).filter(Boolean)).toEqual(['{"type":"transit"}']);
    expect(summary).toEqual({
      index: 30,
      term: 3,
      peers: [
        { id: 'source-0', address: '127.0.0.1:8201', suffrage: 'voter' },
        { id: 'source-1', address: '127.0.0.1:8301', suffrage: 'nonvoter' },
        { id: 'source-2', address: '127.0.0.1:8401', suffrage: 'staging' },
      ],
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      stateSha256: sha256(state),
      stateBytes: state.length,
      sums: [`${sha256(meta)}  meta.json`, `${sha256(state)}  state.bin`],
      sealed: { ciphertext: 'vault:v3:c2VhbGVk', keyVersion: 'v3' },
      members: whole.map(([name, content]) => ({ name, sizeBytes: content.length })),
    });
  });

  it('may have its members in another order, as OpenBao allows', async () => {
    expect((await read(archiveOf([...whole].reverse()))).summary.index).toBe(30);
  });

  it('may have its entries in another form of the same protobuf, and fields that came later', async () => {
    const later = Buffer.concat([
      Buffer.from([3 * 8, 0x85, 1]),
      Buffer.concat([Buffer.from([4 * 8 + 1]), Buffer.alloc(8)]),
      Buffer.concat([Buffer.from([5 * 8 + 5]), Buffer.alloc(4)]),
      field(600, long),
    ]);
    const message = Buffer.concat([later, field(2, 'a value'), field(1, 'a/key'), later]);
    const { found } = await read(archiveOf(membersOf(delimited(message))), {}, 4_000);
    expect(found).toMatchObject([{ key: Buffer.from('a/key'), valueBytes: 7 }]);
    expect(found[0]?.valueSha256.toString('hex')).toBe(sha256('a value'));
  });

  it('may be only hashed, whatever its state holds', async () => {
    const bytes = archiveOf(membersOf('no entries'));
    expect(await read(bytes, { entries: false })).toMatchObject({
      found: [],
      summary: { stateSha256: sha256('no entries') },
    });
    expect(await readSnapshot(streamOf(bytes))).toMatchObject({ sizeBytes: bytes.length });
  });

  it('may be read without digests of its values', async () => {
    const { found } = await read(archiveOf(whole), { digests: false });
    expect(found.map(({ valueSha256, valueBytes }) => [valueSha256.length, valueBytes])).toEqual(
      stored.map(([, value]) => [0, value.length]),
    );
  });

  it('tells the version of the seal key from the ciphertext when the seal does not name it', async () => {
    const bytes = archiveOf(replaced(whole, 'SHA256SUMS.sealed', field(1, 'vault:v12:abc')));
    expect((await read(bytes)).summary.sealed).toEqual({ ciphertext: 'vault:v12:abc', keyVersion: 'v12' });
    const other = archiveOf(replaced(whole, 'SHA256SUMS.sealed', field(1, Buffer.from([0xff, 0]))));
    expect((await read(other)).summary.sealed).toEqual({ ciphertext: '\xff\0' });
  });

  it('may have sizes in the forms that tar has for large members', async () => {
    const base256 = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    base256.writeUInt32BE(state.length, 8);
    const record = `size=${state.length}\n`;
    const pax = `${record.length + 3} ${record}`;
    for (const forState of [
      [tarHeader('state.bin', base256)],
      [tarHeader('PaxHeaders.0/state.bin', pax.length, 'x'), padded(pax), tarHeader('state.bin', 0)],
    ]) {
      const rest = tarOf(whole.filter(([name]) => name !== 'state.bin'));
      const bytes = gzipSync(Buffer.concat([...forState, padded(state), rest]));
      expect((await read(bytes)).summary.stateBytes).toBe(state.length);
    }
  });

  it('may have a gzip header that names a file, as from the command line', async () => {
    const name = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 0x0e, 1, 2, 3, 4, 0, 3, 5, 0]),
      Buffer.from('extraa name\0'),
    ]);
    const header = Buffer.concat([name, Buffer.alloc(2)]);
    header.writeUInt16LE(crc32(name) & 0xffff, name.length);
    const bytes = Buffer.concat([header, archiveOf(whole).subarray(10)]);
    expect((await read(bytes, {}, 7_000)).summary.index).toBe(30);
    expect((await read(bytes.subarray(0, 300), {}, 1).catch((error: unknown) => error)) as Error).toMatchObject({
      type: 'SnapshotTruncated',
    });
  });
});

const base = membersOf(entry('a/key', 'a value'));
const withState = (content: Buffer) => archiveOf(membersOf(content));
const withMeta = (content: string) => archiveOf(membersOf(entry('a/key', 'a value'), content));
const inEntry = (...fields: Buffer[]) => withState(delimited(Buffer.concat(fields)));
const key = field(1, 'a/key');

const flip = (bytes: Buffer, at: number): Buffer => {
  const flipped = Buffer.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  flipped[index] = (flipped[index] ?? 0) ^ 1;
  return flipped;
};

/** Content with a right gzip frame around it. */
const zipped = (...parts: Buffer[]): Buffer => gzipSync(Buffer.concat(parts));
const tar = tarOf(base);

describe('an archive is refused, and why is said,', () => {
  it.each<[what: string, bytes: Buffer, type: string]>([
    ['empty', Buffer.alloc(0), 'SnapshotTruncated'],
    ['cut in its gzip header', archiveOf(base).subarray(0, 5), 'SnapshotTruncated'],
    ['cut in the middle', archiveOf(base).subarray(0, 1000), 'SnapshotTruncated'],
    ['cut before its gzip trailer', archiveOf(base).subarray(0, -8), 'SnapshotTruncated'],
    ['cut in its gzip trailer', archiveOf(base).subarray(0, -1), 'SnapshotTruncated'],
    ['without the end of its tar', zipped(tar.subarray(0, -1024)), 'SnapshotTruncated'],
    ['cut in its tar', zipped(tar.subarray(0, 700)), 'SnapshotTruncated'],
    ['not a gzip', Buffer.from('{"errors":["internal error"]}'), 'NotASnapshot'],
    ['of another compression', flip(archiveOf(base), 2), 'SnapshotGzipDamaged'],
    ['of no known block', Buffer.concat([archiveOf(base).subarray(0, 10), Buffer.from([7, 7])]), 'SnapshotGzipDamaged'],
    ['wrong in the CRC', flip(archiveOf(base), -5), 'SnapshotGzipDamaged'],
    ['wrong in the length', flip(archiveOf(base), -1), 'SnapshotGzipDamaged'],
    ['with one flipped bit in its state', flip(archiveOf(base), 1556), 'SnapshotGzipDamaged'],
    ['a zip of junk', zipped(Buffer.alloc(2000, 'junk')), 'SnapshotTarDamaged'],
    ['wrong in a tar header', zipped(flip(tar, 20)), 'SnapshotTarDamaged'],
    [
      'with an endless small member',
      archiveOf(replaced(base, 'meta.json', Buffer.alloc(2_000_000))),
      'SnapshotTarDamaged',
    ],
    ['with a size beyond counting', zipped(tarHeader('state.bin', Buffer.alloc(12, 0xff))), 'SnapshotTarDamaged'],
    ['with a size that is none', zipped(tarHeader('state.bin', Buffer.from('-0000000001\0'))), 'SnapshotTarDamaged'],
    ['with an endless extended header', zipped(tarHeader('x', 2 ** 32, 'x')), 'SnapshotTarDamaged'],
    ['with an extended header that is none', zipped(tarHeader('x', 9, 'x'), padded('9 size=1')), 'SnapshotTarDamaged'],
    ['that ends behind an extended header', zipped(tarHeader('x', 0, 'x'), tarEnd), 'SnapshotTarDamaged'],
    ['with nothing in it', zipped(tarEnd), 'SnapshotMemberMissing'],
    ['of two members', archiveOf(base.slice(0, 2)), 'SnapshotMemberMissing'],
    ['without sealed sums', archiveOf(base.slice(0, 3)), 'SnapshotMemberMissing'],
    ['of a member more', archiveOf([...base, ['extra', 'x']]), 'SnapshotMemberUnknown'],
    ['with a member twice', archiveOf([...base, ['meta.json', meta]]), 'SnapshotMemberUnknown'],
    ['with a link for a member', zipped(tarHeader('state.bin', 0, '2'), tarEnd), 'SnapshotMemberUnknown'],
    ['with another state than its sums say', archiveOf(replaced(base, 'state.bin', 'x')), 'SnapshotSumsDiffer'],
    ['with another meta than its sums say', archiveOf(replaced(base, 'meta.json', '{}')), 'SnapshotSumsDiffer'],
    ['with a sum more', archiveOf(replaced(base, 'SHA256SUMS', `${sumsOf(meta, 'x')}x  y\n`)), 'SnapshotSumsDiffer'],
    ['without sums', archiveOf(replaced(base, 'SHA256SUMS', '')), 'SnapshotSumsDiffer'],
    ['with empty sealed sums', archiveOf(replaced(base, 'SHA256SUMS.sealed', '')), 'SnapshotNotSealed'],
    ['with sealed sums of no seal', archiveOf(replaced(base, 'SHA256SUMS.sealed', 'junk')), 'SnapshotNotSealed'],
    ['with an empty ciphertext', archiveOf(replaced(base, 'SHA256SUMS.sealed', field(5, ''))), 'SnapshotNotSealed'],
    ['with an empty entry', withState(Buffer.from([0])), 'SnapshotEntryDamaged'],
    ['with an entry cut short', withState(entry('a/key', 'a value').subarray(0, -1)), 'SnapshotEntryDamaged'],
    ['with an entry of 512 MiB and more', withState(varint(2 ** 29 + 1)), 'SnapshotEntryDamaged'],
    ['with a length that does not end', withState(Buffer.alloc(11, 0x80)), 'SnapshotEntryDamaged'],
    ['with a length that ends too late', withState(Buffer.alloc(9, 0xff)), 'SnapshotEntryDamaged'],
    ['with a value longer than its entry', withState(Buffer.from([4, 10, 1, 97, 18, 9])), 'SnapshotEntryDamaged'],
    ['with an entry without a key', inEntry(field(2, 'a value')), 'SnapshotEntryDamaged'],
    ['with an empty key', inEntry(field(1, '')), 'SnapshotEntryDamaged'],
    ['with two keys in an entry', inEntry(key, key), 'SnapshotEntryDamaged'],
    ['with two values in an entry', inEntry(key, field(2, 'a'), field(2, 'b')), 'SnapshotEntryDamaged'],
    ['with a key of 64 KiB and more', inEntry(field(1, Buffer.alloc(65_537, 'x'))), 'SnapshotEntryDamaged'],
    ['with a key that is a number', inEntry(Buffer.from([8, 1])), 'SnapshotEntryDamaged'],
    ['with a field of no number', inEntry(key, field(0, 'x')), 'SnapshotEntryDamaged'],
    ['with a field of no known kind', inEntry(key, Buffer.from([0x1f])), 'SnapshotEntryDamaged'],
    ['without its index', withMeta('{"Term":1}'), 'SnapshotMetaDamaged'],
    ['with a fractional term', withMeta('{"Index":1,"Term":1.5}'), 'SnapshotMetaDamaged'],
    ['with a meta that is no JSON', withMeta('{'), 'SnapshotMetaDamaged'],
    ['with a meta that is nothing', withMeta('null'), 'SnapshotMetaDamaged'],
    ['with peers that are none', withMeta('{"Index":1,"Term":1,"Configuration":{"Servers":5}}'), 'SnapshotMetaDamaged'],
    [
      'with a nameless peer',
      withMeta('{"Index":1,"Term":1,"Configuration":{"Servers":[null]}}'),
      'SnapshotMetaDamaged',
    ],
    ['followed by junk', Buffer.concat([archiveOf(base), Buffer.from('junk')]), 'SnapshotTrailingData'],
    ['followed by zeros', Buffer.concat([archiveOf(base), Buffer.alloc(99)]), 'SnapshotTrailingData'],
    ['followed by another', Buffer.concat([archiveOf(base), archiveOf(base)]), 'SnapshotTrailingData'],
    ['with more behind the end of its tar', zipped(tar, Buffer.from('x')), 'SnapshotTrailingData'],
    ['with another tar in it', zipped(tar, tar), 'SnapshotTrailingData'],
  ])('when it is %s', async (_, bytes, type) => {
    for (const chunkBytes of [1, 509, bytes.length + 1]) {
      const { entries, summary } = openSnapshot(streamOf(bytes, Math.max(chunkBytes, Math.ceil(bytes.length / 5_000))));
      const failure: unknown = await drain(entries).catch((error: unknown) => error);
      expect(failure).toMatchObject({ type, retryable: false });
      expect(isSnapshotFailure(failure)).toBe(true);
      await expect(summary).rejects.toBe(failure);
    }
  });

  it('naming the member without repeating what could command a terminal', async () => {
    const bytes = archiveOf([['\x1b[2Jstate', 'x']]);
    await expect(read(bytes)).rejects.toThrow(/unknown member.* The member is \?\[2Jstate and the size is 1 byte\.$/);
  });
});

const drain = async (entries: AsyncIterable<unknown>): Promise<void> => {
  for await (const batch of entries) void batch;
};

describe('an archive that does not come to its end', () => {
  it("fails with its source's own error, wherever that comes", async () => {
    const bytes = archiveOf(whole);
    for (const upTo of [0, 5, 2_000_000, bytes.length - 4, bytes.length]) {
      const failure = new Error('the network went away');
      const source = Readable.from(
        (function* () {
          yield bytes.subarray(0, upTo);
          throw failure;
        })(),
        { objectMode: false },
      );
      const { entries, summary } = openSnapshot(source);
      await expect(drain(entries)).rejects.toBe(failure);
      await expect(summary).rejects.toBe(failure);
    }
  });

  it('fails with the error that its source had before it was read', async () => {
    const failure = new Error('the network was never there');
    const source = new Readable({ read: () => undefined });
    const { entries } = openSnapshot(source);
    const closed = new Promise((resolve) => source.once('close', resolve));
    source.destroy(failure);
    await closed;
    await expect(drain(entries)).rejects.toBe(failure);
  });

  it('fails when its source was given up without an error', async () => {
    const source = new Readable({ read: () => undefined });
    source.push(archiveOf(whole).subarray(0, 5_000));
    const reading = readSnapshot(source);
    setImmediate(() => source.destroy());
    const failure: unknown = await reading.catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
    expect(isSnapshotFailure(failure)).toBe(false);
  });

  it('is destroyed by whoever breaks off, and nothing claims that it was whole', async () => {
    const source = streamOf(archiveOf(whole));
    const { entries, summary } = openSnapshot(source);
    for await (const batch of entries) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    expect(source.destroyed).toBe(true);
    await expect(summary).rejects.toThrow('not read to its end');
    expect(() => entries[Symbol.asyncIterator]()).toThrow('only once');
  });

  it('is destroyed when it is refused', async () => {
    const source = streamOf(Buffer.alloc(1_000_000, 'junk'));
    await expect(readSnapshot(source)).rejects.toMatchObject({ type: 'NotASnapshot' });
    expect(source.destroyed).toBe(true);
  });
});

it('claims of lengths cost no memory', async () => {
  const claims = [
    varint(2 ** 29),
    Buffer.concat([varint(2 ** 29), Buffer.from([10]), varint(65_536)]),
    Buffer.concat([varint(2 ** 29), field(1, 'core/seal-config'), Buffer.from([18]), varint(2 ** 28)]),
  ];
  const before = process.memoryUsage();
  for (const claim of claims) {
    await expect(read(withState(claim))).rejects.toMatchObject({ type: 'SnapshotEntryDamaged' });
  }
  const after = process.memoryUsage();
  expect(after.rss - before.rss).toBeLessThan(100 * 1024 * 1024);
});

it('takes no more of its source than whoever reads the entries has asked for, but for some buffers', async () => {
  const state = Buffer.concat(Array.from({ length: 60 }, (_, at) => entry(`logical/${at}`, Buffer.alloc(500_000))));
  const bytes = archiveOf(membersOf(state));
  let givenBytes = 0;
  const source = Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += 65_536) {
        const chunk = bytes.subarray(at, at + 65_536);
        givenBytes += chunk.length;
        yield chunk;
      }
    })(),
    { objectMode: false },
  );
  let takenBytes = 0;
  let mostBetween = 0;
  for await (const batch of openSnapshot(source).entries) {
    await new Promise(setImmediate);
    for (const { valueBytes } of batch) takenBytes += valueBytes;
    mostBetween = Math.max(mostBetween, givenBytes - takenBytes);
  }
  expect(takenBytes).toBe(30_000_000);
  expect(mostBetween).toBeLessThan(4_000_000);
});

it('is not told that data is stored raw: what unpacks to it is what counts', async () => {
  const raw = deflateRawSync(tar);
  const frame = archiveOf(base);
  const bytes = Buffer.concat([frame.subarray(0, 10), raw, frame.subarray(-8)]);
  expect((await read(bytes)).summary.sums).toEqual((await read(frame)).summary.sums);
});
