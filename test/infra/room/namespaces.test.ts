import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { enclosingTools } from '../../../infra/room/place/enclosure.js';
import { assertNamespaces } from '../../../infra/room/place/namespaces.js';

/** A folder of programs, of which `unshare` is as given. */
const programs = async (unshare: string | undefined, others: readonly string[]): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'programs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const name of others) await symlink('/bin/true', join(folder, name));
  if (unshare !== undefined) await writeFile(join(folder, 'unshare'), `#!/bin/sh\n${unshare}\n`, { mode: 0o755 });
  return folder;
};

it('are found where they can be made', async () => {
  await assertNamespaces();
});

it('are named as the reason where a system has none', async () => {
  await expect(assertNamespaces({ system: 'darwin' })).rejects.toMatchObject({
    type: 'RoomNotPossible',
    message: expect.stringMatching(
      /^A sealed room cannot be built here \(only Linux has namespaces\): allow /,
    ) as string,
  });
});

it('are named with the programs that are missing', async () => {
  await expect(
    assertNamespaces({ path: await programs(undefined, ['mount', 'umount', 'pivot_root', 'chroot']) }),
  ).rejects.toMatchObject({
    type: 'RoomNotPossible',
    message: expect.stringContaining('(unshare, ip, setpriv are missing: install util-linux and iproute2)') as string,
  });
});

it('are named with what the kernel says where they are forbidden', async () => {
  const path = await programs('echo "unshare: unshare failed: Operation not permitted" >&2; exit 1', [
    ...enclosingTools.filter((name) => name !== 'unshare'),
  ]);
  await expect(assertNamespaces({ path })).rejects.toMatchObject({
    type: 'RoomNotPossible',
    message: expect.stringContaining('(unshare: unshare failed: Operation not permitted)') as string,
  });
});
