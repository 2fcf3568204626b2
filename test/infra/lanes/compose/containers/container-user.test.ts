import { expect, it } from 'vitest';
import { containerUser } from '../../../../../infra/lanes/compose/containers/container-user.js';

it('is this user, so that private files here can be read in there', () => {
  expect(containerUser({ uid: 1000, gid: 100 }, false)).toBe('1000:100');
});

it('is never root, whoever starts the lane', () => {
  expect(containerUser({ uid: 0, gid: 0 }, false)).toBe('10001:10001');
  expect(containerUser({}, false)).toBe('10001:10001');
});

it('is called root where the engine maps root to this user', () => {
  expect(containerUser({ uid: 1000, gid: 100 }, true)).toBe('0:0');
});
