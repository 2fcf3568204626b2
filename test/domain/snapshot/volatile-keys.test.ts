import { describe, expect, it } from 'vitest';
import { explainVolatile, volatileKeys } from '../../../domain/snapshot/volatile-keys.js';

describe('explainVolatile', () => {
  it.each([
    ['core/leader/7a1c', 'core/leader/*'],
    ['core/lock', 'core/lock'],
    ['core/keyring', 'core/keyring'],
    ['core/root-key', 'core/root-key'],
    ['core/raft/tls', 'core/raft/tls'],
    ['sys/token/id/h0a1', 'sys/token/id/*'],
    ['sys/token/accessor/0a1', 'sys/token/accessor/*'],
    ['sys/expire/id/auth/userpass/login/ann/h0a1', 'sys/expire/id/auth/*'],
    ['sys/expire/id/auth/odd\nname/login/h0a1', 'sys/expire/id/auth/*'],
    ['namespaces/0a1/sys/token/id/h0a1', 'namespaces/*/sys/token/id/*'],
    ['namespaces/0a1/sys/token/accessor/0a1', 'namespaces/*/sys/token/accessor/*'],
    ['namespaces/0a1/sys/expire/id/auth/userpass/login/ann/h0a1', 'namespaces/*/sys/expire/id/auth/*'],
  ])('explains %s', (key, pattern) => {
    expect(explainVolatile(key)?.pattern).toBe(pattern);
  });

  it.each([
    'logical/0a1/secret',
    'logical/0a1/packer/buckets/17',
    'logical/0a1/sys/token/id/h0a1',
    'auth/0a1/user/ann',
    'sys/expire/id/database/creds/app/h0a1',
    'sys/expire/id/pki/issue/web/h0a1',
    'namespaces/0a1/sys/expire/id/database/creds/app/h0a1',
    'sys/expire/id/auth/',
    'sys/expire/irrevocable/auth/userpass/login/ann',
    'sys/token/parent/0a1/0a2',
    'sys/token/salt',
    'sys/policy/admin',
    'core/leader/',
    'core/lock2',
    'core/keyring/more',
    'core/upgrade/1',
    'core/mounts',
    'core/auth',
    'core/hsm/barrier-unseal-keys',
    'core/cluster/local/info',
    'namespaces/0a1/core/lock',
    'namespaces/0a1/0a2/sys/token/id/h0a1',
    'before/core/lock',
    '',
  ])('has nothing to say of %j', (key) => {
    expect(explainVolatile(key)).toBeUndefined();
  });
});

it('gives each pattern once, with a reason in one sentence', () => {
  expect(new Set(volatileKeys.map(({ pattern }) => pattern)).size).toBe(volatileKeys.length);
  for (const { reason } of volatileKeys) expect(reason).toMatch(/^[A-Z][^.]*\.$/);
});

it('leaves out nothing that a mount keeps', () => {
  for (const { pattern } of volatileKeys) expect(pattern).not.toMatch(/logical|^auth/);
});
