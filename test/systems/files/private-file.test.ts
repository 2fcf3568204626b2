import { mkdtemp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPrivateFile, writePrivateFile } from '../../../systems/files/private-file.js';
import { asStorageFailure } from '../../../systems/files/storage-failure.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'private-file-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writePrivateFile', () => {
  it('is not read whole when it is larger than any of its kind', async () => {
    const path = join(folder, 'large');
    await writePrivateFile(path, 'x'.repeat(2_000));
    await expect(readPrivateFile(path, 1_024)).rejects.toMatchObject({
      type: 'FileTooLarge',
      message: `${path} has 2.0 KiB, and no file of its kind has more than 1.0 KiB: see what it holds, and remove it.`,
    });
    expect(await readPrivateFile(path, 2_000)).toHaveLength(2_000);
  });

  it('replaces a file that others could read by one they cannot', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'old', { mode: 0o644 });
    await writePrivateFile(path, 'new');
    expect(await readPrivateFile(path)).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['token']);
  });

  it('writes bytes as they are', async () => {
    await writePrivateFile(join(folder, 'bytes'), Uint8Array.of(0xc3, 0xa9));
    expect(await readPrivateFile(join(folder, 'bytes'))).toBe('é');
  });

  it('never shows a reader anything but a whole content', async () => {
    const path = join(folder, 'busy');
    const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(200_000));
    await writePrivateFile(path, contents[0]!);
    let writing = true;
    const writes = Promise.all(contents.map((content) => writePrivateFile(path, content))).finally(
      () => (writing = false),
    );
    while (writing) expect(contents).toContain(await readPrivateFile(path));
    await writes;
  });

  it('leaves nothing behind when it fails', async () => {
    await mkdir(join(folder, 'taken'));
    await expect(writePrivateFile(join(folder, 'taken'), 'x')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
  });

  it.runIf(process.platform === 'linux')('says that a place cannot be written', async () => {
    await expect(writePrivateFile('/sys/kernel/openbao-dr', 'x')).rejects.toMatchObject({ type: 'NotWritable' });
  });

  it.each(['ENOSPC', 'EDQUOT'])('says that the disk is full on %s', (code) => {
    const error = Object.assign(new Error('write'), { code });
    expect(asStorageFailure(error, '/state/file')).toMatchObject({
      type: 'DiskFull',
      message: `No space is left to write /state/file: free some, then try again.`,
      facts: { code },
    });
  });
});

describe('readPrivateFile', () => {
  it('returns undefined for a file that is not there', async () => {
    expect(await readPrivateFile(join(folder, 'none'))).toBeUndefined();
  });
});
