import { describe, expect, it } from 'vitest';
import type { StoreComparison, StoreGroupComparison } from '../../../domain/snapshot/store-comparison.js';
import { checkStoreEquality, nameGroups } from '../../../domain/snapshot/store-equality.js';

const group = (name: string, differences: Partial<StoreGroupComparison> = {}): StoreGroupComparison => ({
  name,
  entries: 10,
  sha256: 'ab'.repeat(32),
  changed: 0,
  missing: 0,
  added: 0,
  ...differences,
});

const equal: StoreComparison = {
  equal: true,
  entries: { source: 20123, target: 20123 },
  groups: [group('auth/0a1'), group('logical/0a2')],
  explained: [
    { pattern: 'core/lock', reason: 'Held by the active node.', count: 1 },
    { pattern: 'sys/token/id/*', reason: 'Made by logins.', count: 5 },
  ],
};

const differing = (...groups: StoreGroupComparison[]): StoreComparison => ({ ...equal, equal: false, groups });

const paths = new Map([
  ['auth/0a1', 'auth/userpass/'],
  ['logical/0a2', 'secret/'],
]);

describe('checkStoreEquality', () => {
  it('passes when all differences are explained, and says how many there were', () => {
    expect(checkStoreEquality(equal, paths)).toEqual({
      name: 'store-equality',
      outcome: 'passed',
      expected: "every key and value of the source's snapshot",
      observed: '20,123 entries equal; 6 differences explained',
    });
  });

  it('fails with what differs in which mount', () => {
    const found = differing(
      group('auth/0a1', { missing: 1 }),
      group('core'),
      group('logical/0a2', { changed: 1200, added: 2 }),
      group('logical/0a3', { changed: 1 }),
    );
    expect(checkStoreEquality(found, paths)).toMatchObject({
      outcome: 'failed',
      observed:
        '1,204 differences: auth/userpass/ (1 missing), secret/ (1,200 changed, 2 added), logical/0a3 (1 changed)',
    });
  });

  it('speaks of one difference as one', () => {
    const { observed } = checkStoreEquality(differing(group('core', { changed: 1 })), paths);
    expect(observed).toBe('1 difference: core (1 changed)');
  });

  it('stays readable when every mount differs', () => {
    const groups = Array.from({ length: 300 }, (_, i) => group(`logical/${i}`, { changed: 1 }));
    const { observed } = checkStoreEquality(differing(...groups), paths);
    expect(observed).toMatch(
      /^300 differences: logical\/0 \(1 changed\), .* and more in 290 other parts of the store$/,
    );
    expect(observed.length).toBeLessThan(400);
  });
});

describe('nameGroups', () => {
  it('puts the path of a mount before its group, and leaves what has none as it is', () => {
    const named = nameGroups({ ...equal, groups: [...equal.groups, group('sys/policy')] }, paths);
    expect(named.groups.map(({ name }) => name)).toEqual([
      'auth/userpass/ (auth/0a1)',
      'secret/ (logical/0a2)',
      'sys/policy',
    ]);
    expect(named).toMatchObject({ equal: true, explained: equal.explained });
  });
});
