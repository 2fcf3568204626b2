import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { identityOf } from '../../worker/create-worker.js';

it('names program, version, process and host to those who look who polls', () => {
  expect(identityOf('0.1.0')).toBe(`openbao-dr 0.1.0 ${process.pid}@${hostname()}`);
});
