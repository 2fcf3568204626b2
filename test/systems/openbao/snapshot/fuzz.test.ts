/**
 * Thousands of archives, each changed at random somewhere: in its bytes as they arrive, in the tar below a right gzip, or in
 * a member below right sums, so that every layer is reached. Each has to be refused by name, or to pass as what it is.
 * Set `OPENBAO_DR_FUZZ_SEED` to try others than those of the default seed.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { Reader } from 'protobufjs';
import { expect, it } from 'vitest';
import { isSnapshotFailure, snapshotFailureTypes } from '../../../../systems/openbao/snapshot/failures.js';
import { openSnapshot, type SnapshotSummary } from '../../../../systems/openbao/snapshot/open-snapshot.js';
import {
  delimited,
  entry,
  field,
  type Members,
  membersOf,
  meta,
  replaced,
  sealed,
  sha256,
  streamOf,
  sumsOf,
  tarOf,
  varint,
  withTarChecksum,
} from './archives.js';

const seed = Number(process.env['OPENBAO_DR_FUZZ_SEED'] ?? 20_260_101);
const runs = 12_000;
/** For one archive of a few kilobytes, on a machine that has much else to do. */
const deadlineMs = 10_000;

type Random = (below: number) => number;

/** mulberry32. */
const createRandom = (start: number): Random => {
  let state = start >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
};

const state = Buffer.concat([
  entry('core/lock', '12345'),
  entry('core/seal-config', '{"type":"transit"}'),
  entry('core/versions/2.7.2', 'encrypted'),
  entry('logical/0123/empty', ''),
  entry('logical/0123/long', Buffer.alloc(300, 'encrypted ')),
  delimited(Buffer.concat([field(2, 'value first'), field(7, 'a later field'), field(1, 'logical/0123/other')])),
  entry('sys/expire/id/auth/userpass/login/ann/h1', 'encrypted'),
]);
const whole = membersOf(state);

/** What breaks readers that trust lengths. */
const awkward: readonly Buffer[] = [
  varint(0),
  varint(1),
  varint(127),
  varint(128),
  varint(65_537),
  varint(2 ** 29),
  varint(2 ** 31 - 1),
  varint(2 ** 32),
  varint(Number.MAX_SAFE_INTEGER),
  Buffer.alloc(10, 0xff),
  Buffer.alloc(11, 0x80),
  Buffer.from([0x0a]),
  Buffer.from([0x12]),
  Buffer.from([0x0b, 0x0c]),
  Buffer.alloc(12, 0x37),
  Buffer.alloc(512),
];

const mutateOnce = (bytes: Buffer, random: Random): Buffer => {
  const at = random(bytes.length + 1);
  const length = 1 + random(random(2) === 0 ? 4 : 600);
  const other = random(bytes.length + 1);
  switch (random(7)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random(8));
      return flipped;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(other, other + length), bytes.subarray(at)]);
    case 4: {
      const overwritten = Buffer.from(bytes);
      bytes.copy(overwritten, at, other, other + length);
      return overwritten;
    }
    case 5: {
      const inserted = awkward[random(awkward.length)] ?? state;
      return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + random(2) * inserted.length)]);
    }
    default: {
      const set = Buffer.from(bytes);
      if (at < set.length) set[at] = random(256);
      return set;
    }
  }
};

const mutate = (bytes: Buffer, random: Random): Buffer => {
  let mutated = bytes;
  for (let times = 1 + random(3); times > 0; times -= 1) mutated = mutateOnce(mutated, random);
  return mutated;
};

interface Mutant {
  readonly bytes: Buffer;
  /** The sums an archive of this content has, if it passes. */
  readonly sums: readonly string[];
}

const sumsList = (metaJson: Buffer | string, stateBin: Buffer): string[] => [
  `${sha256(metaJson)}  meta.json`,
  `${sha256(stateBin)}  state.bin`,
];
const wholeSums = sumsList(meta, state);

const kinds: Readonly<Record<string, (level: number, random: Random) => Mutant>> = {
  archive: (level, random) => ({ bytes: mutate(gzipSync(tarOf(whole), { level }), random), sums: wholeSums }),
  tar: (level, random) => ({ bytes: gzipSync(mutate(tarOf(whole), random), { level }), sums: wholeSums }),
  'tar header': (level, random) => {
    const tar = tarOf(whole);
    // The first of meta.json, state.bin and the two behind it.
    const headers = [0, 1024, 1024 + 512 + Math.ceil(state.length / 512) * 512];
    const at = headers[random(headers.length)] ?? 0;
    const header = Buffer.concat([mutate(tar.subarray(at, at + 512), random), Buffer.alloc(512)]).subarray(0, 512);
    withTarChecksum(header).copy(tar, at);
    return { bytes: gzipSync(tar, { level }), sums: wholeSums };
  },
  members: (level, random) => {
    const chosen = whole.map((member) => (random(6) === 0 ? whole[random(whole.length)] : member));
    const some = chosen.filter((member) => member !== undefined && random(8) !== 0) as Members;
    return { ...zipped(random(2) === 0 ? some : [...some].reverse(), level), sums: wholeSums };
  },
  'state.bin': (level, random) => zipped(membersOf(mutate(state, random)), level),
  'meta.json': (level, random) => zipped(membersOf(state, mutate(Buffer.from(meta), random)), level),
  SHA256SUMS: (level, random) =>
    zipped(replaced(whole, 'SHA256SUMS', mutate(Buffer.from(sumsOf(meta, state)), random)), level),
  'SHA256SUMS.sealed': (level, random) =>
    zipped(replaced(whole, 'SHA256SUMS.sealed', mutate(Buffer.from(sealed), random)), level),
};

const zipped = (members: Members, level: number): Mutant => {
  const [metaJson = '', stateBin = ''] = members.map(([, content]) => content);
  return { bytes: gzipSync(tarOf(members), { level }), sums: sumsList(metaJson, Buffer.from(stateBin)) };
};

/** What the archive's entries are to a reader that has all of them in memory. */
const decode = (bytes: Buffer): string[] => {
  const tar = gunzipSync(bytes);
  const header = tar.indexOf('state.bin\0');
  const size = Number.parseInt(tar.toString('latin1', header + 124, header + 135), 8);
  const reader = Reader.create(tar.subarray(header + 512, header + 512 + size));
  const entries: string[] = [];
  while (reader.pos < reader.len) {
    const end = reader.uint32() + reader.pos;
    let [key, value] = [Buffer.alloc(0), Buffer.alloc(0)];
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 10) key = Buffer.from(reader.bytes());
      else if (tag === 18) value = Buffer.from(reader.bytes());
      else reader.skipType(tag & 7);
    }
    expect(reader.pos).toBe(end);
    entries.push(describeEntry(key, sha256(value), value.length));
  }
  return entries;
};

const describeEntry = (key: Buffer, digest: string, length: number): string =>
  `${key.toString('hex')} ${digest} ${length}`;

interface Read {
  readonly entries: readonly string[];
  readonly summary: SnapshotSummary;
}

const read = async (bytes: Buffer, chunkBytes: number): Promise<Read> => {
  const { entries, summary } = openSnapshot(streamOf(bytes, chunkBytes));
  const found: string[] = [];
  for await (const batch of entries) {
    for (const { key, valueSha256, valueBytes } of batch) {
      found.push(describeEntry(key, valueSha256.toString('hex'), valueBytes));
    }
  }
  return { entries: found, summary: await summary };
};

const withinDeadline = async <T>(running: Promise<T>): Promise<T> => {
  let timer!: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Still running after ${deadlineMs} ms`)), deadlineMs);
  });
  return Promise.race([running, late]).finally(() => clearTimeout(timer));
};

/** The failure's type, or undefined if it passed as what it is. */
const judge = async ({ bytes, sums }: Mutant, chunkBytes: number): Promise<string | undefined> => {
  let passed: Read;
  try {
    passed = await withinDeadline(read(bytes, chunkBytes));
  } catch (error) {
    if (isSnapshotFailure(error)) return error.type;
    throw error;
  }
  expect(passed.summary.sums).toEqual(sums);
  expect(passed.summary.sha256).toBe(sha256(bytes));
  expect(passed.summary.sizeBytes).toBe(bytes.length);
  expect(passed.entries).toEqual(decode(bytes));
  return undefined;
};

it(`refuses archives that were changed, or finds them unchanged: ${runs} of them`, { timeout: 120_000 }, async () => {
  const names = Object.keys(kinds);
  const outcomes = new Map<string, number>();
  const passed = new Map<string, number>();
  for (let run = 0; run < runs; run += 1) {
    const random = createRandom(seed + run);
    const kind = names[run % names.length] ?? '';
    const mutant = kinds[kind]!(random(2) === 0 ? 0 : 6, random);
    const chunkBytes = random(5) === 0 ? 1 + random(random(10) === 0 ? 8 : 1_000) : 65_536;
    let outcome: string | undefined;
    try {
      outcome = await judge(mutant, chunkBytes);
    } catch (error) {
      throw new Error(`seed ${seed}, run ${run}, a changed ${kind}: ${String(error)}`, { cause: error });
    }
    outcomes.set(outcome ?? 'passed', (outcomes.get(outcome ?? 'passed') ?? 0) + 1);
    if (outcome === undefined) passed.set(kind, (passed.get(kind) ?? 0) + 1);
  }
  const refused = runs - (outcomes.get('passed') ?? 0);
  // How many bytes nobody checks is the archive's form; most are checked.
  expect(refused).toBeGreaterThan(0.8 * runs);
  // Neither side is empty: every kind of failure was seen, and changes that do no harm in every layer.
  expect([...outcomes.keys()].filter((outcome) => outcome !== 'passed').sort()).toEqual(
    [...snapshotFailureTypes].sort(),
  );
  expect([...passed.keys()].sort()).toEqual([...names].sort());
});
