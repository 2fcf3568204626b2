import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseBao } from '../../../infra/room/choose-bao.js';
import { toolPath } from '../../support/tools.js';

const tools = {
  ensure: async () => ({ tool: 'bao' as const, path: '/tools/bao', version: '2.7.2', source: 'cache' as const }),
};

describe('the OpenBao that restores', () => {
  it("is the tool box's if it is of the snapshot's own version", async () => {
    expect(await chooseBao({ tools, snapshotVersions: ['2.6.0', '2.7.2'] })).toEqual({
      path: '/tools/bao',
      version: '2.7.2',
      isUpgrade: false,
    });
  });

  it('is another version if that was asked for, which rehearses an upgrade', async () => {
    expect(await chooseBao({ tools, snapshotVersions: ['2.6.0'], version: '2.7.2' })).toMatchObject({
      isUpgrade: true,
    });
  });

  it('is a program of the administrator, which says its own version', async () => {
    const path = toolPath('bao');
    const chosen = await chooseBao({ tools, snapshotVersions: [], path });
    expect(chosen).toMatchObject({ path, isUpgrade: false });
    expect(chosen.version).toMatch(/^2\.\d+\.\d+$/);
  });

  it.each([
    [
      undefined,
      'The snapshot is of OpenBao 2.5.1, and /tools/bao is 2.7.2: name a program of 2.5.1, or ask for 2.7.2 to rehearse the upgrade.',
    ],
    ['2.8.0', 'OpenBao 2.8.0 is to restore, and /tools/bao is 2.7.2: name a program of 2.8.0.'],
  ])('is not another than the one that is meant (%s)', async (version, message) => {
    await expect(chooseBao({ tools, snapshotVersions: ['2.5.1'], version })).rejects.toMatchObject({
      type: 'BaoVersionDiffers',
      message,
    });
  });

  it('is no other program, and none that does not start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bao-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'bao');
    await writeFile(path, '#!/bin/sh\necho another\n', { mode: 0o755 });
    await expect(chooseBao({ tools, snapshotVersions: [], path })).rejects.toMatchObject({ type: 'BaoNotUsable' });
    await expect(chooseBao({ tools, snapshotVersions: [], path: join(folder, 'none') })).rejects.toMatchObject({
      type: 'BaoNotUsable',
    });
  });
});
