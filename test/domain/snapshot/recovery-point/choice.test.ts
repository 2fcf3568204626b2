import { describe, expect, it } from 'vitest';
import type { ListedObject } from '../../../../domain/snapshot/recovery-point/candidate.js';
import {
  openSearch,
  type RecoveryPointChoice,
  type RecoveryPointSearch,
} from '../../../../domain/snapshot/recovery-point/choice.js';

const now = Date.parse('2026-11-28T12:00:00Z');

const taken = (time: string, more: Partial<ListedObject> = {}): ListedObject => ({
  key: `prod/bao_${time}.snapshot`,
  sizeBytes: 10,
  storedAt: '2026-11-28T12:00:00.000Z',
  ...more,
});

const search = (
  choice: Exclude<RecoveryPointChoice, { way: 'key' }>,
  objects: Iterable<ListedObject>,
  random = () => 0.5,
): RecoveryPointSearch => {
  const open = openSearch(choice, { now, random });
  for (const object of objects) open.look(object);
  return open.end();
};

const three = ['2026-11-26-0300', '2026-11-28-0300', '2026-11-27-0300'].map((time) => taken(time));
const keyOf = ({ chosen }: RecoveryPointSearch) => chosen?.key;

describe('a recovery point', () => {
  it('is the newest, in whatever order the store lists', () => {
    expect(keyOf(search({ way: 'newest' }, three))).toBe('prod/bao_2026-11-28-0300.snapshot');
    expect(keyOf(search({ way: 'newest' }, three.toReversed()))).toBe('prod/bao_2026-11-28-0300.snapshot');
  });

  it('is the oldest', () => {
    expect(keyOf(search({ way: 'oldest' }, three))).toBe('prod/bao_2026-11-26-0300.snapshot');
  });

  it('is the newest that was not taken after a time', () => {
    const at = (time: string) => keyOf(search({ way: 'at', time }, three));
    expect(at('2026-11-28T02:59:59Z')).toBe('prod/bao_2026-11-27-0300.snapshot');
    expect(at('2026-11-28T03:00:00Z')).toBe('prod/bao_2026-11-28-0300.snapshot');
    expect(at('2026-11-26T02:59:59Z')).toBeUndefined();
  });

  it('is by its name the newest, although another was stored later', () => {
    const copied = taken('2026-11-20-0300', { storedAt: '2026-11-28T11:59:59.000Z' });
    const fresh = taken('2026-11-28-0300', { storedAt: '2026-11-28T03:00:05.000Z' });
    expect(keyOf(search({ way: 'newest' }, [fresh, copied]))).toBe(fresh.key);
  });

  it('is the same one of two of the same second, however they are listed', () => {
    const twins = [taken('2026-11-28-0300', { key: 'a/x.snap' }), taken('2026-11-28-0300', { key: 'b/x.snap' })];
    expect(keyOf(search({ way: 'newest' }, twins))).toBe('b/x.snap');
    expect(keyOf(search({ way: 'newest' }, twins.toReversed()))).toBe('b/x.snap');
  });

  it('is an empty object if that is the newest: a rotten backup must not hide behind the one before', () => {
    const empty = taken('2026-11-28-0400', { sizeBytes: 0 });
    expect(search({ way: 'newest' }, [...three, empty]).chosen).toMatchObject({ key: empty.key, sizeBytes: 0 });
  });

  it('is each of those in the window with the same chance, when it is chosen at random', () => {
    let seed = 1;
    // The minimal standard generator: the same numbers on each run.
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const counts = new Map<string | undefined, number>();
    for (let i = 0; i < 3_000; i += 1) {
      const key = keyOf(search({ way: 'random', withinSeconds: 2 * 86_400 }, three, random));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual([
      'prod/bao_2026-11-27-0300.snapshot',
      'prod/bao_2026-11-28-0300.snapshot',
    ]);
    for (const count of counts.values()) expect(count).toBeGreaterThan(1_400);
  });

  it('at random is none that lies in an archive class, and those are counted', () => {
    const objects = three.map((object) => ({ ...object, storageClass: 'GLACIER' }));
    expect(search({ way: 'random', withinSeconds: 2 * 86_400 }, objects)).toMatchObject({
      snapshots: 3,
      archived: { count: 2, examples: ['prod/bao_2026-11-28-0300.snapshot', 'prod/bao_2026-11-27-0300.snapshot'] },
    });
  });
});

it('objects that are no snapshots are passed over and counted, a few of them by name', () => {
  const others = Array.from({ length: 12 }, (_, i) => taken('', { key: `prod/notes-${i}.txt` }));
  const found = search({ way: 'newest' }, [...others, ...three]);
  expect(found).toMatchObject({ snapshots: 3, notSnapshots: { count: 12 } });
  expect(found.notSnapshots.examples).toEqual([0, 1, 2, 3, 4].map((i) => `prod/notes-${i}.txt`));
});

it('the newest is known whatever was chosen', () => {
  expect(search({ way: 'oldest' }, three).newest?.key).toBe('prod/bao_2026-11-28-0300.snapshot');
});

it('nothing is chosen from nothing', () => {
  expect(search({ way: 'newest' }, [])).toEqual({
    snapshots: 0,
    notSnapshots: { count: 0, examples: [] },
    archived: { count: 0, examples: [] },
  });
});
