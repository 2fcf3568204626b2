import { chmod, chown, lstat, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'private-folder-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const notUsable = { type: 'FolderNotUsable', retryable: false };

describe('ensurePrivateFolder', () => {
  it('creates the folder and its parents for this user alone', async () => {
    const path = join(folder, 'a', 'b');
    await expect(ensurePrivateFolder(relative(process.cwd(), path))).resolves.toBe(path);
    expect(await modeOf(path)).toBe(0o700);
    expect(await modeOf(join(folder, 'a'))).toBe(0o700);
  });

  it('tightens a folder of ours that others could enter', async () => {
    await chmod(folder, 0o755);
    await ensurePrivateFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
  });

  it('refuses a file, and a path below a file', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(ensurePrivateFolder(join(folder, 'file'))).rejects.toMatchObject(notUsable);
    await expect(ensurePrivateFolder(join(folder, 'file', 'below'))).rejects.toMatchObject(notUsable);
  });

  it('refuses a link, whose folder somebody else could exchange', async () => {
    await symlink(tmpdir(), join(folder, 'link'));
    await expect(ensurePrivateFolder(join(folder, 'link'))).rejects.toMatchObject(notUsable);
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
  });

  it.skipIf(process.getuid?.() === 0)('refuses the folder of another user, and leaves it as it is', async () => {
    const before = await modeOf('/');
    await expect(ensurePrivateFolder('/')).rejects.toMatchObject(notUsable);
    expect(await modeOf('/')).toBe(before);
  });

  it.runIf(process.getuid?.() === 0)('refuses even root a folder that belongs to another user', async () => {
    await chown(folder, 65534, 65534);
    await expect(ensurePrivateFolder(folder)).rejects.toMatchObject(notUsable);
  });

  it.runIf(process.platform === 'linux')('refuses a place where nothing can be created', async () => {
    // sysfs refuses everybody, root as well.
    await expect(ensurePrivateFolder('/sys/kernel/openbao-dr')).rejects.toMatchObject(notUsable);
  });

  it('refuses a place that takes no new folders, instead of trying for ever', async () => {
    await expect(ensurePrivateFolder('/proc/openbao-dr/state')).rejects.toMatchObject({
      type: 'FolderNotUsable',
      message:
        '/proc/openbao-dr cannot be created, for /proc takes no new folders: name another folder, as with --state-dir.',
    });
  });
});
