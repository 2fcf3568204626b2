import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { storeGroup } from '../../../../domain/snapshot/inspection.js';
import type { StoreComparison, StoreGroupComparison } from '../../../../domain/snapshot/store-comparison.js';
import { explainVolatile } from '../../../../domain/snapshot/volatile-keys.js';
import { compareSnapshots } from '../../../../systems/openbao/snapshot/compare-snapshots.js';
import type { SnapshotEntry } from '../../../../systems/openbao/snapshot/open-snapshot.js';
import { entriesOf, entryOf, inBatches, type Store } from './entries.js';

const compare = (source: Store, target: Store, batch?: number): Promise<StoreComparison> =>
  compareSnapshots({ source: inBatches(entriesOf(source), batch), target: inBatches(entriesOf(target)) });

const sha256 = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** The same with two whole maps in memory, as the type's comments put it. */
const naively = (source: Store, target: Store): StoreComparison => {
  const counts = new Map<string, { -readonly [Name in keyof StoreGroupComparison]: StoreGroupComparison[Name] }>();
  const explained = new Map<string, { pattern: string; reason: string; count: number }>();
  const groupOf = (key: string) => {
    const name = storeGroup(key);
    const group = counts.get(name) ?? { name, entries: 0, sha256: '', changed: 0, missing: 0, added: 0 };
    counts.set(name, group);
    return group;
  };
  for (const key of new Set([...source.keys(), ...target.keys()])) {
    const volatile = explainVolatile(key);
    if (volatile !== undefined) {
      if (source.get(key) === target.get(key)) continue;
      const count = (explained.get(volatile.pattern)?.count ?? 0) + 1;
      explained.set(volatile.pattern, { ...volatile, count });
      continue;
    }
    const group = groupOf(key);
    if (source.has(key)) group.entries += 1;
    if (!source.has(key)) group.added += 1;
    else if (!target.has(key)) group.missing += 1;
    else if (source.get(key) !== target.get(key)) group.changed += 1;
  }
  for (const group of counts.values()) {
    const entries = entriesOf(source).filter(({ key }) => {
      const text = key.toString();
      return explainVolatile(text) === undefined && storeGroup(text) === group.name;
    });
    group.sha256 = sha256(
      ...entries.flatMap(({ key, valueSha256 }) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(key.length);
        return [length, key, valueSha256];
      }),
    );
  }
  const stable = (store: Store) => [...store.keys()].filter((key) => explainVolatile(key) === undefined).length;
  return {
    equal: [...counts.values()].every(({ changed, missing, added }) => changed + missing + added === 0),
    entries: { source: stable(source), target: stable(target) },
    groups: [...counts.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    explained: [...explained.values()].sort((a, b) => (a.pattern < b.pattern ? -1 : 1)),
  };
};

/** Numbers from 0 to below `limit`, the same for the same seed (mulberry32). */
const random = (seed: number) => {
  let state = seed;
  return (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
};

const places = [
  'logical/a/',
  'logical/a/deep/er/',
  'logical/b-ü/',
  'auth/a/',
  'core/',
  'core/leader/',
  'core/lo',
  'sys/token/id/',
  'sys/policy/',
  'sys/expire/id/auth/userpass/login/',
  'sys/expire/id/database/creds/',
  'namespaces/n/logical/a/',
  'namespaces/n/sys/token/id/',
  '',
];

const randomPair = (seed: number): readonly [Store, Store] => {
  const below = random(seed);
  const source = new Map<string, string>([['core/lock', `${below(3)}`]]);
  for (let count = below(120); count > 0; count -= 1) {
    source.set(`${places[below(places.length)]}${'é/zA'[below(4)]}${below(50)}`, `${below(3)}`);
  }
  const target = new Map(source);
  for (let count = below(4) * below(12); count > 0; count -= 1) {
    const key = [...source.keys()][below(source.size)] ?? '';
    const change = below(3);
    if (change === 0) target.set(key, `${below(3)}`);
    else if (change === 1) target.delete(key);
    else target.set(`${places[below(places.length)]}new${below(50)}`, '1');
  }
  return [source, target];
};

describe('compareSnapshots', () => {
  it('finds what a comparison of two whole maps finds, whatever the stores and the batches', async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const [source, target] = randomPair(seed);
      // Which keys of OpenBao's own they are has a test of its own.
      const found = await compare(source, target, 1 + (seed % 9));
      expect({ ...found, core: undefined }, `seed ${seed}`).toEqual({ ...naively(source, target), core: undefined });
    }
  });

  it('finds a store equal to itself, and two empty ones equal', async () => {
    const [source] = randomPair(7);
    expect(await compare(source, source)).toMatchObject({ equal: true, explained: [] });
    const nothing = { equal: true, entries: { source: 0, target: 0 }, groups: [], explained: [] };
    expect(await compare(new Map(), new Map())).toEqual(nothing);
  });

  it('counts each difference once, in its group and nowhere else', async () => {
    const source = new Map([
      ['logical/a/changed', '1'],
      ['logical/a/missing', '1'],
      ['logical/b/same', '1'],
    ]);
    const target = new Map([
      ['logical/a/changed', '2'],
      ['logical/b/same', '1'],
      ['logical/c/added', '1'],
    ]);
    const { equal, entries, groups } = await compare(source, target);
    expect({ equal, entries }).toEqual({ equal: false, entries: { source: 3, target: 3 } });
    expect(groups).toMatchObject([
      { name: 'logical/a', entries: 2, changed: 1, missing: 1, added: 0 },
      { name: 'logical/b', entries: 1, changed: 0, missing: 0, added: 0 },
      { name: 'logical/c', entries: 0, changed: 0, missing: 0, added: 1, sha256: sha256() },
    ]);
  });

  it('explains volatile keys that differ, once each, and has them in no other number', async () => {
    const source = new Map([
      ['core/leader/1', '1'],
      ['core/lock', '1'],
      ['logical/a/same', '1'],
      ['sys/token/id/both', '1'],
    ]);
    const target = new Map([
      ['core/leader/2', '1'],
      ['core/lock', '2'],
      ['logical/a/same', '1'],
      ['sys/token/id/both', '1'],
    ]);
    const found = await compare(source, target);
    expect(found).toMatchObject({ equal: true, entries: { source: 1, target: 1 } });
    expect(found.groups.map(({ name }) => name)).toEqual(['logical/a']);
    expect(found.explained.map(({ pattern, count }) => [pattern, count])).toEqual([
      ['core/leader/*', 2],
      ['core/lock', 1],
    ]);
  });

  it('digests the keys and the values of a group, whatever the rest of the store', async () => {
    const digestOf = async (store: Store) => (await compare(store, store)).groups.at(-1)?.sha256;
    const store = new Map([['logical/a/key', 'value']]);
    const key = Buffer.from('logical/a/key');
    expect(await digestOf(store)).toBe(
      sha256(Buffer.from([0, 0, 0, key.length]), key, createHash('sha256').update('value').digest()),
    );
    expect(await digestOf(new Map([...store, ['core/mounts', '1']]))).toBe(await digestOf(store));
    expect(await digestOf(new Map([['logical/a/key', 'other']]))).not.toBe(await digestOf(store));
  });

  it('shows 1,000 groups at most, those that differ first', async () => {
    const store = new Map(Array.from({ length: 1500 }, (_, i) => [`logical/${String(i).padStart(4, '0')}/key`, '1']));
    const target = new Map([...store, ['logical/1400/key', '2'], ['logical/1499/more', '1']]);
    const { groups, entries } = await compare(store, target);
    expect(entries).toEqual({ source: 1500, target: 1501 });
    expect(groups).toHaveLength(1000);
    expect(groups.slice(0, 4).map(({ name }) => name)).toEqual([
      'logical/1400',
      'logical/1499',
      'logical/0000',
      'logical/0001',
    ]);
  });

  it.each([
    ['out of order', ['b', 'c', 'a'], 3],
    ['out of order between two batches', ['b', 'c', 'a'], 2],
    ['with a key twice', ['a', 'b', 'b'], 3],
    ['with a key twice in two batches', ['a', 'b', 'b'], 2],
    ['in the order of other than bytes', ['a', 'é', 'z'], 3],
  ])('refuses a side %s', async (_, keys, batch) => {
    const spoilt = () =>
      inBatches(
        keys.map((key) => entryOf(key)),
        batch,
      );
    const orderly = () => inBatches(entriesOf(new Map([['b', ''], ['zz', '']]))); // prettier-ignore
    const unordered = { type: 'SnapshotUnordered', retryable: false };
    await expect(compareSnapshots({ source: spoilt(), target: orderly() })).rejects.toMatchObject(unordered);
    await expect(compareSnapshots({ source: orderly(), target: spoilt() })).rejects.toMatchObject(unordered);
  });
});

describe('a side that fails', () => {
  const store = new Map(Array.from({ length: 50 }, (_, i) => [`logical/a/${i}`, '1']));

  /** Entries that say when they were closed before their end. */
  const watched = (entries: AsyncIterable<readonly SnapshotEntry[]>) => {
    const seen = { closed: false };
    const iterate = async function* () {
      let whole = false;
      try {
        yield* entries;
        whole = true;
      } finally {
        seen.closed = !whole;
      }
    };
    return { seen, entries: iterate() };
  };

  const failing = async function* (error: Error): AsyncGenerator<readonly SnapshotEntry[]> {
    yield entriesOf(store).slice(0, 5);
    throw error;
  };

  it.each(['source', 'target'] as const)('closes the other, and its own error comes out: %s', async (side) => {
    const error = new Error('the connection broke');
    const other = watched(inBatches(entriesOf(store)));
    const sides = { source: other.entries, target: other.entries, [side]: failing(error) };
    await expect(compareSnapshots(sides)).rejects.toBe(error);
    expect(other.seen.closed).toBe(true);
  });

  it('is closed itself, as is the other, when its order is broken', async () => {
    const spoilt = watched(inBatches([entryOf('b'), entryOf('a'), ...entriesOf(store)]));
    const other = watched(inBatches(entriesOf(store)));
    await expect(compareSnapshots({ source: spoilt.entries, target: other.entries })).rejects.toThrow(/order/);
    expect([spoilt.seen.closed, other.seen.closed]).toEqual([true, true]);
  });

  it('has its own error told even if the other cannot be closed', async () => {
    const error = new Error('the connection broke');
    const stubborn = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: entriesOf(store) }),
        return: async () => Promise.reject(new Error('will not close')),
      }),
    };
    await expect(compareSnapshots({ source: failing(error), target: stubborn })).rejects.toBe(error);
  });

  it('leaves nothing to close when both come to their ends', async () => {
    const [source, target] = [watched(inBatches(entriesOf(store))), watched(inBatches(entriesOf(store).slice(0, 3)))];
    await compareSnapshots({ source: source.entries, target: target.entries });
    expect([source.seen.closed, target.seen.closed]).toEqual([false, false]);
  });
});
