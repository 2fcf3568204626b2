import { expect, it } from 'vitest';
import { createSites } from '../../../activities/connect/sites.js';
import type { Credential } from '../../../domain/pair/credentials.js';
import type { OpenBaoSession } from '../../../systems/openbao/api/client.js';
import { createOpenBao } from '../../../systems/openbao/api/client.js';
import { exampleTopology } from '../../support/drills/example-topology.js';

const topology = exampleTopology();

const revokedAfter = async (credential: Credential): Promise<number> => {
  let revoked = 0;
  const session = { revokeSelf: async () => void (revoked += 1) } as Partial<OpenBaoSession> as OpenBaoSession;
  const sites = createSites({
    references: { read: async (ref) => `${ref} resolved` },
    connect: createOpenBao,
    logIn: async () => session,
  });
  await expect(sites.withLogin(topology.source, credential, () => Promise.reject(new Error('failed')))).rejects.toThrow(
    'failed',
  );
  return revoked;
};

it('a login is ended with the step that made it, however that ended', async () => {
  expect(await revokedAfter({ username: 'ann', password: 'env:P' })).toBe(1);
  expect(await revokedAfter({ method: 'approle', roleId: 'r', secretId: 'env:S' })).toBe(1);
});

it('a token that was given is left alone', async () => {
  expect(await revokedAfter({ method: 'token', token: 'env:T' })).toBe(0);
});
