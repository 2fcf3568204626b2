import { expect, it } from 'vitest';
import { rebindClaims, rebindSubject } from '../../../systems/openbao-operator/trust.js';

const source = { namespace: 'ns-a', cluster: 'a' };
const target = { namespace: 'ns-b', cluster: 'b' };

it.each([
  ['system:serviceaccount:ns-a:a-restore-serviceaccount', 'system:serviceaccount:ns-b:b-restore-serviceaccount'],
  ['system:serviceaccount:ns-a:shared', 'system:serviceaccount:ns-b:shared'],
  ['system:serviceaccount:ns-b:b-restore-serviceaccount', 'system:serviceaccount:ns-b:b-restore-serviceaccount'],
  ['system:serviceaccount:operators:controller', 'system:serviceaccount:operators:controller'],
  ['ann@example.com', 'ann@example.com'],
])('makes %s at the source %s at the target', (before, after) => {
  expect(rebindSubject(before, source, target)).toBe(after);
});

it('rebinds the subject among claims, and leaves claims alone that have none', () => {
  const sub = 'system:serviceaccount:ns-a:a-backup-serviceaccount';
  const rebound = 'system:serviceaccount:ns-b:b-backup-serviceaccount';
  expect(rebindClaims({ sub, other: 1 }, source, target)).toEqual({ sub: rebound, other: 1 });
  expect(rebindClaims({ sub: [sub, 'x'] }, source, target)).toEqual({ sub: [rebound, 'x'] });
  const none = { other: 1 };
  expect(rebindClaims(none, source, target)).toBe(none);
  const done = { sub: rebound };
  expect(rebindClaims(done, source, target)).toBe(done);
});
