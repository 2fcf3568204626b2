import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSnapshotFolder, type FolderFile, type SnapshotFolder } from '../../../systems/files/snapshot-folder.js';

let root: string;
let folder: SnapshotFolder;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapshots-'));
  folder = createSnapshotFolder(root);
  await mkdir(join(root, 'prod'));
  await writeFile(join(root, 'prod', 'a.snap'), 'content');
  await utimes(join(root, 'prod', 'a.snap'), 0, new Date('2026-11-27T03:00:00Z'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const listed = async (prefix = ''): Promise<FolderFile[]> => {
  const files: FolderFile[] = [];
  for await (const file of folder.objects(prefix)) files.push(file);
  return files.toSorted((a, b) => a.key.localeCompare(b.key));
};

const isRoot = process.getuid?.() === 0;

describe('a folder of snapshots', () => {
  it('is listed with all that is below it, as a bucket is', async () => {
    await writeFile(join(root, 'b.snap'), '');
    expect(await listed()).toMatchObject([
      { key: 'b.snap', sizeBytes: 0 },
      { key: 'prod/a.snap', sizeBytes: 7, storedAt: '2026-11-27T03:00:00.000Z' },
    ]);
    expect((await listed('prod/')).map(({ key }) => key)).toEqual(['prod/a.snap']);
  });

  it('holds the files that links lead to, and does not follow links to folders', async () => {
    await symlink('prod/a.snap', join(root, 'latest.snap'));
    await symlink('nowhere', join(root, 'lost.snap'));
    await symlink('..', join(root, 'prod', 'up'));
    expect((await listed()).map(({ key }) => key)).toEqual(['latest.snap', 'prod/a.snap']);
  });

  it('is read without what belongs to its file system', async () => {
    await mkdir(join(root, 'lost+found'), { mode: 0 });
    expect((await listed()).map(({ key }) => key)).toEqual(['prod/a.snap']);
  });

  it('that is missing, or is a file, is no empty folder', async () => {
    folder = createSnapshotFolder(join(root, 'missing'));
    await expect(listed()).rejects.toMatchObject({ type: 'FolderNotReadable', facts: { code: 'ENOENT' } });
    folder = createSnapshotFolder(join(root, 'prod', 'a.snap'));
    await expect(listed()).rejects.toMatchObject({ type: 'FolderNotReadable', retryable: false });
  });

  it.skipIf(isRoot)('that may not be read, somewhere below, is no empty folder', async () => {
    await chmod(join(root, 'prod'), 0);
    await expect(listed()).rejects.toMatchObject({ type: 'FolderNotReadable' });
    await chmod(join(root, 'prod'), 0o700);
  });

  it('stops being listed when its step is cancelled', async () => {
    const objects = folder.objects('', AbortSignal.abort(new Error('cancelled')));
    await expect(objects[Symbol.asyncIterator]().next()).rejects.toThrow('cancelled');
  });
});

describe('a file of it', () => {
  it('is read as it is', async () => {
    const { body, sizeBytes, etag } = await folder.download({ key: 'prod/a.snap' });
    expect((await buffer(body)).toString()).toBe('content');
    expect(sizeBytes).toBe(7);
    expect(await folder.head('prod/a.snap')).toMatchObject({ sizeBytes: 7, etag });
  });

  it('is no other one that took its place, although it has the same size', async () => {
    const { etag } = (await folder.head('prod/a.snap'))!;
    await writeFile(join(root, 'new'), 'changed');
    await rename(join(root, 'new'), join(root, 'prod', 'a.snap'));
    await expect(folder.download({ key: 'prod/a.snap', etag })).rejects.toMatchObject({ type: 'ObjectChanged' });
  });

  it('that is missing is said to be', async () => {
    expect(await folder.head('prod/b.snap')).toBeUndefined();
    expect(await folder.head('prod/a.snap/b')).toBeUndefined();
    await expect(folder.download({ key: 'prod/b.snap' })).rejects.toMatchObject({ type: 'ObjectMissing' });
  });

  it.each(['../outside.snap', '/etc/passwd', 'prod/../../x', ''])('is never one outside of it: "%s"', async (key) => {
    await expect(folder.head(key)).rejects.toMatchObject({ type: 'FileNotReadable' });
  });

  it('is no folder and no pipe, which has no end', async () => {
    await promisify(execFile)('mkfifo', [join(root, 'pipe.snap')]);
    await expect(folder.head('pipe.snap')).rejects.toMatchObject({ type: 'FileNotReadable' });
    await expect(folder.head('prod')).rejects.toMatchObject({ type: 'FileNotReadable' });
    expect((await listed()).map(({ key }) => key)).toEqual(['prod/a.snap']);
  });

  it('stops being read when its step is cancelled', async () => {
    const cancel = new AbortController();
    const { body } = await folder.download({ key: 'prod/a.snap', signal: cancel.signal });
    cancel.abort(new Error('cancelled'));
    await expect(buffer(body)).rejects.toThrow('cancelled');
  });
});
