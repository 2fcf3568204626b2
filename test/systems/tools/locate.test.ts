import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cachedProgram } from '../../../systems/tools/cache-folder.js';
import { catalog } from '../../../systems/tools/catalog.js';
import { createToolBox } from '../../../systems/tools/index.js';
import { toolPath } from '../../support/tools.js';
import { emptyFolder, writeProgram } from './support.js';

describe('finding a tool', () => {
  it('takes the real programs that the environment names, and reads their versions', async () => {
    const environment = { OPENBAO_DR_BAO: toolPath('bao'), OPENBAO_DR_WEED: toolPath('weed') };
    const toolBox = createToolBox({ environment, cacheFolder: await emptyFolder() });
    expect(await toolBox.find('bao')).toMatchObject({ path: toolPath('bao'), source: 'environment' });
    expect(await toolBox.find('weed')).toMatchObject({ path: toolPath('weed'), source: 'environment' });
  });

  it('refuses an environment variable that names nothing, and says which', async () => {
    const environment = { OPENBAO_DR_BAO: '/nowhere/bao' };
    const toolBox = createToolBox({ environment, cacheFolder: await emptyFolder() });
    await expect(toolBox.ensure('bao')).rejects.toMatchObject({
      type: 'NamedToolMissing',
      message: expect.stringMatching(/^OPENBAO_DR_BAO names .* The path is \/nowhere\/bao/) as string,
    });
  });

  it('refuses an environment variable that names a folder or a file without the executable bit', async () => {
    const cacheFolder = await emptyFolder();
    const file = join(cacheFolder, 'bao');
    await writeFile(file, 'OpenBao', { mode: 0o644 });
    for (const named of [cacheFolder, file]) {
      const toolBox = createToolBox({ environment: { OPENBAO_DR_BAO: named }, cacheFolder });
      await expect(toolBox.find('bao')).rejects.toMatchObject({ type: 'NamedToolNotExecutable' });
    }
  });

  it('refuses an environment variable that names another version or another program', async () => {
    const folder = await emptyFolder();
    const old = await writeProgram(folder, 'old', 'OpenBao v2.1.0 (abc)');
    const other = await writeProgram(folder, 'other', 'Vault v1.15.0');
    for (const [named, told] of [
      [old, 'the version is 2.1.0'],
      [other, 'the version is not told'],
    ] as const) {
      const toolBox = createToolBox({ environment: { OPENBAO_DR_BAO: named }, cacheFolder: folder });
      await expect(toolBox.find('bao')).rejects.toMatchObject({
        type: 'NamedToolUnsupported',
        message: expect.stringContaining(told) as string,
      });
    }
  });

  it('passes over programs on PATH whose version is not supported, and takes the first that is', async () => {
    const [first, second, cacheFolder] = [await emptyFolder(), await emptyFolder(), await emptyFolder()];
    const old = await writeProgram(first, 'traefik', 'Version:      2.11.0');
    const only = createToolBox({ environment: { PATH: `${first}:/usr/bin:/bin` }, cacheFolder });
    expect(await only.find('traefik')).toEqual({
      tool: 'traefik',
      source: 'missing',
      ignored: [{ path: old, version: '2.11.0' }],
    });

    const path = await writeProgram(second, 'traefik', 'Version:      3.6.4');
    const both = createToolBox({ environment: { PATH: `${first}:${second}:/usr/bin:/bin` }, cacheFolder });
    expect(await both.find('traefik')).toEqual({ tool: 'traefik', path, version: '3.6.4', source: 'path' });
  });

  it('starts a program once, however often it is asked for', async () => {
    const folder = await emptyFolder();
    await writeProgram(folder, 'temporal', 'temporal version 1.9.0 (Server 1.32.0)');
    const toolBox = createToolBox({ environment: { PATH: `${folder}:/usr/bin:/bin` }, cacheFolder: folder });
    await Promise.all([toolBox.find('temporal'), toolBox.find('temporal'), toolBox.ensure('temporal')]);
    await toolBox.inspectAll();
    expect(await readFile(join(folder, 'starts'), 'utf8')).toBe('started\n');
  });

  it('prefers the cache to PATH, and passes over a program in it that is cut short', async () => {
    const [folder, cacheFolder] = [await emptyFolder(), await emptyFolder()];
    const environment = { PATH: `${folder}:/usr/bin:/bin` };
    const onPath = await writeProgram(folder, 'weed', 'version 30GB 4.20 abc linux amd64');
    const cached = cachedProgram(catalog.weed, cacheFolder) ?? '';
    await mkdir(dirname(cached), { recursive: true });
    await writeFile(cached, '', { mode: 0o755 });
    // A file of the right size without contents: proof that the cache is trusted without starting the program.
    await truncate(cached, catalog.weed.package?.wheels['linux-x64']?.programBytes);
    const toolBox = createToolBox({ environment, cacheFolder, platform: 'linux-x64' });
    expect(await toolBox.find('weed')).toMatchObject({ path: cached, version: '4.48', source: 'cache' });

    await truncate(cached, 1_000);
    expect(await toolBox.find('weed')).toMatchObject({ path: onPath, version: '4.20', source: 'path' });
  });
});

describe('finding the S3 server', () => {
  it('takes RustFS if it is on PATH', async () => {
    const folder = await emptyFolder();
    const path = await writeProgram(folder, 'rustfs', 'rustfs 1.0.1');
    const toolBox = createToolBox({ environment: { PATH: `${folder}:/usr/bin:/bin` }, cacheFolder: folder });
    expect(await toolBox.ensureS3Server()).toEqual({ tool: 'rustfs', path, version: '1.0.1', source: 'path' });
  });

  it('takes SeaweedFS if there is no RustFS', async () => {
    const environment = { OPENBAO_DR_WEED: toolPath('weed') };
    const toolBox = createToolBox({ environment, cacheFolder: await emptyFolder() });
    expect(await toolBox.ensureS3Server()).toMatchObject({ tool: 'weed', path: toolPath('weed') });
  });

  it('never takes another server than the RustFS that is named', async () => {
    const environment = { OPENBAO_DR_RUSTFS: '/nowhere/rustfs', OPENBAO_DR_WEED: toolPath('weed') };
    const toolBox = createToolBox({ environment, cacheFolder: await emptyFolder() });
    await expect(toolBox.ensureS3Server()).rejects.toMatchObject({ type: 'NamedToolMissing' });
  });
});
