import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseline } from '../../../../../domain/pair/topology.js';
import { generatePasswords, materialRef } from '../../../../../infra/lanes/made/lane-materials.js';
import { createMaterials } from '../../../../../infra/state/materials.js';
import { setUpSite, trustUser } from '../../../../../infra/lanes/made/set-up/set-up-site.js';
import { openStateFolder } from '../../../../../infra/state/state-folder.js';
import type { OpenBaoSession } from '../../../../../systems/openbao/api/client.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../../../../support/servers/openbao-server.js';

describe('a side that an operator runs', () => {
  const { operatorMount } = baseline;
  let folder: string;
  let server: TestOpenBaoServer;
  let trust: OpenBaoSession;

  /** As it is when its operator has initialised it. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openbao-dr-site-'));
    const materials = createMaterials(await openStateFolder(join(folder, 'state')));
    await generatePasswords('k3d', materials);
    server = await startOpenBaoServer('site');
    await server.root.write('sys/auth/userpass', { type: 'userpass' });
    await server.root.write(`sys/auth/${operatorMount}`, { type: 'jwt' });
    await setUpSite({ lane: 'k3d', materials, operator: true }, server.root, 'source');
    const password = await materials.read(materialRef('k3d', 'trust'));
    trust = await server.openbao.login({ username: trustUser, password });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('has an identity that says whose tokens the operator’s logins trust', async () => {
    expect(await trust.capabilities(`auth/${operatorMount}/config`)).toEqual(['read', 'update']);
    expect(await trust.capabilities(`auth/${operatorMount}/role`)).toEqual(['list']);
    expect(await trust.capabilities(`auth/${operatorMount}/role/any`)).toEqual(['read', 'update']);
  });

  it('lets it do nothing else', async () => {
    for (const path of ['sys/policies/acl/root', 'auth/userpass/users/any', 'secret/data/any', 'sys/auth/any']) {
      expect(await trust.capabilities(path)).toEqual(['deny']);
    }
  });
});
