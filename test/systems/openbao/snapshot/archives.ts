/** Snapshot archives made by hand, piece by piece, so that each piece can be wrong. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';

export type Content = Buffer | string;
export type Members = readonly (readonly [name: string, content: Content])[];

export const sha256 = (content: Content): string => createHash('sha256').update(content).digest('hex');

export const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push(left > 127 ? (left % 128) + 128 : left);
    if (left <= 127) return Buffer.from(bytes);
  }
};

/** A protobuf field with a length. */
export const field = (number: number, content: Content): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
};

export const delimited = (message: Buffer): Buffer => Buffer.concat([varint(message.length), message]);

/** One entry of `state.bin`. */
export const entry = (key: Content, value: Content): Buffer =>
  delimited(Buffer.concat([field(1, key), ...(value.length > 0 ? [field(2, value)] : [])]));

export const meta = JSON.stringify({
  Version: 1,
  ID: 'bolt-snapshot',
  Index: 30,
  Term: 3,
  Configuration: {
    Servers: [
      { Suffrage: 0, ID: 'source-0', Address: '127.0.0.1:8201' },
      { Suffrage: 1, ID: 'source-1', Address: '127.0.0.1:8301' },
      { Suffrage: 2, ID: 'source-2', Address: '127.0.0.1:8401' },
    ],
  },
  Size: 0,
});

export const sealed = Buffer.concat([field(1, 'vault:v3:c2VhbGVk'), field(5, field(3, 'v3'))]);

export const sumsOf = (metaJson: Content, state: Content): string =>
  `${sha256(state)}  state.bin\n${sha256(metaJson)}  meta.json\n`;

/** The four members, in OpenBao's order, with right sums. */
export const membersOf = (state: Content, metaJson: Content = meta): Members => [
  ['meta.json', metaJson],
  ['state.bin', state],
  ['SHA256SUMS', sumsOf(metaJson, state)],
  ['SHA256SUMS.sealed', sealed],
];

export const replaced = (members: Members, name: string, content: Content): Members =>
  members.map((member) => (member[0] === name ? [name, content] : member));

/** A ustar header as Go writes it. `size` is the field's twelve bytes. */
export const tarHeader = (name: string, size: number | Buffer, type = '0'): Buffer => {
  const block = Buffer.alloc(512);
  block.write(name, 0, 'latin1');
  block.write('0000600\0' + '0000000\0'.repeat(2), 100);
  if (typeof size === 'number') block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else size.copy(block, 124);
  block.write('14571043312\0', 136);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  return withTarChecksum(block);
};

export const withTarChecksum = (block: Buffer): Buffer => {
  block.fill(' ', 148, 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
};

export const padded = (content: Content): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
};

export const tarEnd = Buffer.alloc(1024);

export const tarOf = (members: Members): Buffer =>
  Buffer.concat([
    ...members.flatMap(([name, content]) => [tarHeader(name, Buffer.byteLength(content)), padded(content)]),
    tarEnd,
  ]);

/** Level 0 as OpenBao writes since 2.6, another as before. */
export const archiveOf = (members: Members, level = 0): Buffer => gzipSync(tarOf(members), { level });

/** As from a network. */
export const streamOf = (content: Buffer, chunkBytes = 16_384): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < content.length; at += chunkBytes) yield content.subarray(at, at + chunkBytes);
    })(),
    { objectMode: false },
  );
