import { describe, expect, it } from 'vitest';
import { createHash, randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { createArchiveInspector } from '../../../systems/openbao/archive-check.js';

type Members = readonly (readonly [name: string, content: Buffer | string])[];

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

const meta = JSON.stringify({ Version: 1, ID: 'bolt-snapshot', Index: 30, Term: 3, Size: 300_000 });
const state = randomBytes(300_000);
const sums = `${sha256(state)}  state.bin\n${sha256(meta)}  meta.json\n`;
const whole: Members = [
  ['meta.json', meta],
  ['state.bin', state],
  ['SHA256SUMS', sums],
  ['SHA256SUMS.sealed', 'sealed'],
];

const archive = async (members: Members, level = 0): Promise<Buffer> => {
  const tar = pack();
  for (const [name, content] of members) tar.entry({ name }, content);
  tar.finalize();
  return gzipSync(await buffer(tar), { level });
};

const replaced = (name: string, content: Buffer | string): Members =>
  whole.map((member) => (member[0] === name ? [name, content] : member));

const inspect = async (bytes: Buffer, chunkBytes = 16_384) => {
  const { stream, result } = createArchiveInspector();
  const chunks = function* () {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  };
  const passed: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      passed.push(chunk);
      done();
    },
  });
  await pipeline(Readable.from(chunks(), { objectMode: false }), stream, sink);
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
    expect(summary).toMatchObject({ index: 30, term: 3, stateSha256: sha256(state) });
    expect(summary.members).toContainEqual({ name: 'state.bin', sizeBytes: 300_000 });
  });

  it('accepts members in another order, as OpenBao does', async () => {
    expect((await inspect(await archive([...whole].reverse()))).summary.index).toBe(30);
  });

  it('reads archives that arrive byte by byte', async () => {
    const small = 'small state';
    const smallSums = `${sha256(meta)}  meta.json\n${sha256(small)}  state.bin\n`;
    const members = replaced('state.bin', small).map(([name, content]): Members[number] =>
      name === 'SHA256SUMS' ? [name, smallSums] : [name, content],
    );
    expect((await inspect(await archive(members), 1)).summary.stateSha256).toBe(sha256(small));
  });

  const flipped = async (at: number) => {
    const bytes = await archive(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const cut = async (bytes: number) => (await archive(whole)).subarray(0, -bytes);

  it.each<[string, () => Promise<Buffer>, RegExp]>([
    ['is empty', async () => Buffer.alloc(0), /cut short|not complete/],
    ['is not a gzip', async () => Buffer.from('{"errors":["internal error"]}'), /damaged or cut short/],
    ['is cut in the middle', () => cut(150_000), /cut short/],
    ["is cut in gzip's last bytes, which OpenBao would restore", () => cut(5), /cut short/],
    ['is cut between two members', async () => archive(whole.slice(0, 2)), /not complete.*SHA256SUMS/],
    ['has a flipped bit in the state', () => flipped(150_000), /cut short|checksums/],
    ['has a flipped bit in a header', () => flipped(30), /damaged|unknown|not complete/],
    ['has another state than its checksums say', () => archive(replaced('state.bin', 'x')), /checksums.*state\.bin/],
    ['has no sealed checksums', () => archive(whole.slice(0, 3)), /not complete.*SHA256SUMS\.sealed/],
    ['has empty sealed checksums', () => archive(replaced('SHA256SUMS.sealed', '')), /no sealed checksums/],
    ['has a member more', () => archive([...whole, ['extra', 'x']]), /unknown member.*extra/],
    ['has a member twice', () => archive([...whole, ['meta.json', meta]]), /twice.*meta\.json/],
    ['lists a checksum more', () => archive(replaced('SHA256SUMS', `${sums}${sha256('x')}  x\n`)), /unknown members/],
    ['has an endless small member', () => archive(replaced('meta.json', Buffer.alloc(2_000_000))), /unlikely size/],
    [
      'has a link for a member',
      async () => {
        const tar = pack();
        tar.entry({ name: 'state.bin', type: 'symlink', linkname: '/etc/passwd' });
        tar.finalize();
        return gzipSync(await buffer(tar));
      },
      /unknown member/,
    ],
    ['is followed by junk', async () => Buffer.concat([await archive(whole), Buffer.from('junk')]), /damaged/],
    ['is followed by zeros', async () => Buffer.concat([await archive(whole), Buffer.alloc(99)]), /followed by/],
    ['is followed by another', async () => Buffer.concat([await archive(whole), await archive(whole)]), /twice/],
    [
      'does not say its index',
      async () => {
        const other = '{"Term":1}';
        const otherSums = `${sha256(state)}  state.bin\n${sha256(other)}  meta.json\n`;
        return archive([['meta.json', other], ['state.bin', state], ['SHA256SUMS', otherSums], ...whole.slice(3)]);
      },
      /Raft index/,
    ],
  ])('refuses an archive that %s', async (_, bytes, message) => {
    await expect(inspect(await bytes())).rejects.toMatchObject({
      type: 'SnapshotMalformed',
      retryable: false,
      message: expect.stringMatching(message) as string,
    });
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
    const largeSums = `${sha256(meta)}  meta.json\n${sha256(large)}  state.bin\n`;
    const bytes = await archive([
      ['meta.json', meta],
      ['state.bin', large],
      ['SHA256SUMS', largeSums],
      ...whole.slice(3),
    ]);
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
