import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { K3dLaneOptions } from '../../../../../domain/plan/plan.js';
import { allowancesIn, assertAllowed } from '../../../../../infra/lanes/k3d/allowances/allowances.js';
import { createLanes } from '../../../../../infra/lanes/lanes.js';
import { createToolBox } from '../../../../../systems/tools/index.js';
import { adoptingOptions, createTestK3dLane, optionsFor, type TestK3dLane } from '../test-lane.js';

const digest = `sha256:${'0f'.repeat(32)}`;

const judge = async (
  options: Partial<K3dLaneOptions>,
  environment: Readonly<Record<string, string>> = {},
  bridges: readonly string[] = [],
): Promise<string> => {
  const judged = assertAllowed(optionsFor(options), allowancesIn(environment), async () => bridges);
  return judged.then(
    () => 'allowed',
    (error: { readonly type: string }) => error.type,
  );
};

const image = (name: string, allowed?: string): Promise<string> =>
  judge({ images: { jobs: name } }, allowed === undefined ? {} : { OPENBAO_DR_ALLOWED_IMAGES: allowed });

describe('the images that a plan may name', () => {
  it.each([
    'traefik:v3.7.15',
    'docker.io/library/traefik',
    'openbao/openbao:2.6.0',
    `docker.io/openbao/openbao:2.7.2@${digest}`,
    'ghcr.io/dc-tec/openbao-backup:lab',
    `ghcr.io/dc-tec/openbao-init@${digest}`,
  ])('are those that the program ships, of any version: %s', async (name) => {
    expect(await image(name)).toBe('allowed');
  });

  it.each([
    'evil.example.com/openbao/openbao:2.7.2',
    'evil/openbao:2.7.2',
    'ghcr.io/dc-tec/openbao-backup-evil:1',
    'ghcr.io/dc-tec/openbao-backup/evil:1',
    'ghcr.io:443/dc-tec/openbao-backup:1',
    'ghcr.io/dc-tec/../evil/openbao-backup:1',
    'ghcr.io/evil@dc-tec/openbao-backup:1',
    'localhost/openbao/openbao:2.7.2',
    'openbao/openbao:2.7.2@sha256:zz',
    'rancher/k3s:v1',
    'alpine',
  ])('are no others: %s', async (name) => {
    expect(await image(name)).toBe('ImageNotAllowed');
  });

  it.each([
    ['mirror.example.com/openbao:1', 'mirror.example.com/openbao'],
    ['mirror.example.com:5000/a/b/c:1', ' other.example.com/x , mirror.example.com:5000/* '],
    ['team/tools:1', 'team/*'],
    ['alpine:3', 'docker.io/library/*'],
    ['mirror.example.com/openbao:1', 'mirror.example.com/openbao:1'],
    [`mirror.example.com/openbao@${digest}`, `mirror.example.com/openbao@${digest}`],
    ['openbao/openbao:2', 'mirror.example.com/openbao'],
  ])('are those that the administrator adds, too: %s by %s', async (name, allowed) => {
    expect(await image(name, allowed)).toBe('allowed');
  });

  it.each([
    ['mirror.example.com/openbao-evil:1', 'mirror.example.com/openbao'],
    ['mirror.example.com.evil.io/openbao:1', 'mirror.example.com/*'],
    ['mirror.example.com/openbao:2', 'mirror.example.com/openbao:1'],
    ['team-evil/tools:1', 'team/*'],
    ['library/team:1', 'team/*'],
    [`mirror.example.com/openbao:1@${digest}`, 'mirror.example.com/openbao:1'],
  ])('are not what merely looks like one that was added: %s by %s', async (name, allowed) => {
    expect(await image(name, allowed)).toBe('ImageNotAllowed');
  });
});

describe('the address that a plan may have the bucket listen on', () => {
  it.each(['127.0.0.1', '127.1.2.3'])('is loopback: %s', async (hostAddress) => {
    expect(await judge({ hostAddress })).toBe('allowed');
  });

  it('is that of a bridge on this machine', async () => {
    expect(await judge({ hostAddress: '172.18.0.1' }, {}, ['172.18.0.1'])).toBe('allowed');
  });

  it.each(['0.0.0.0', '172.18.0.2', '192.168.1.7', '203.0.113.9'])('is no other: %s', async (hostAddress) => {
    expect(await judge({ hostAddress }, {}, ['172.18.0.1'])).toBe('AddressNotAllowed');
  });

  it.each(['10.0.0.1', '192.0.2.1, 10.0.0.0/24'])(
    'is one that the administrator adds, too: %s',
    async (OPENBAO_DR_ALLOWED_ADDRESSES) => {
      expect(await judge({ hostAddress: '10.0.0.1' }, { OPENBAO_DR_ALLOWED_ADDRESSES })).toBe('allowed');
      expect(await judge({ hostAddress: '10.0.1.1' }, { OPENBAO_DR_ALLOWED_ADDRESSES })).toBe('AddressNotAllowed');
    },
  );
});

describe("the administrator's setting", () => {
  it.each([
    ['OPENBAO_DR_ALLOWED_IMAGES', 'Mirror/openbao'],
    ['OPENBAO_DR_ALLOWED_IMAGES', '*'],
    ['OPENBAO_DR_ALLOWED_IMAGES', 'mirror.example.com/*/openbao'],
    ['OPENBAO_DR_ALLOWED_ADDRESSES', 'localhost'],
    ['OPENBAO_DR_ALLOWED_ADDRESSES', '10.0.0.0/33'],
    ['OPENBAO_DR_ALLOWED_ADDRESSES', '10.0.0.0/8/8'],
    ['OPENBAO_DR_ALLOWED_ADDRESSES', '10.0.0.1-9'],
  ])('is refused with its name and what to write: %s=%s', (variable, text) => {
    expect(() => allowancesIn({ [variable]: text })).toThrow(
      expect.objectContaining({
        type: 'InvalidAllowance',
        message: expect.stringContaining(`${variable} has "${text}" in it: name `) as string,
      }) as Error,
    );
  });
});

describe('a k3d lane', () => {
  let test: TestK3dLane;
  afterEach(() => test[Symbol.asyncDispose]());

  it.each([
    [{ images: { openbao: 'evil.example.com/openbao:1' } }, 'ImageNotAllowed', 'OPENBAO_DR_ALLOWED_IMAGES'],
    [{ hostAddress: '0.0.0.0' }, 'AddressNotAllowed', 'OPENBAO_DR_ALLOWED_ADDRESSES'],
  ])('refuses what is not allowed before anything is made: %o', async (chosen, type, variable) => {
    test = await createTestK3dLane(optionsFor({ adopt: ['clusters'], hostAddress: '127.0.0.1', ...chosen }));
    const refusal = { type, retryable: false, message: expect.stringContaining(variable) as string };
    await expect(test.make('network')).rejects.toMatchObject(refusal);
    await expect(test.lane.provision(test.request(), () => undefined)).rejects.toMatchObject(refusal);
    expect(test.programs).toEqual([]);
    expect(await readdir(test.stateFolder.lanes)).toEqual([]);
  });

  it('gives clients back and goes whatever the setting says, which only keeps it from being built', async () => {
    const environment: Record<string, string> = {};
    test = await createTestK3dLane(adoptingOptions, environment);
    await test.make('network');
    environment['OPENBAO_DR_ALLOWED_IMAGES'] = '*';
    const { lane } = test;
    const refusal = { type: 'InvalidAllowance' };
    await expect(test.make('network')).rejects.toMatchObject(refusal);
    await expect(lane.provision(test.request(), () => undefined)).rejects.toMatchObject(refusal);
    await lane.clients.noteAt('source');
    await lane.disposal.teardown(() => undefined);
  });

  it('is opened by a worker whose setting is wrong', async () => {
    test = await createTestK3dLane();
    const { stateFolder, materials } = test;
    const tools = createToolBox({ environment: {}, cacheFolder: stateFolder.root });
    const environment = { OPENBAO_DR_ALLOWED_IMAGES: '*' };
    const lane = createLanes({ stateFolder, materials, tools, environment }).open('k3d');
    await lane.disposal!.teardown(() => undefined);
  });
});
