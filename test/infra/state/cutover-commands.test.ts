import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CutoverCommands } from '../../../activities/ports/cutover-commands.js';
import { createCutoverCommands } from '../../../infra/state/cutover-commands.js';
import { openStateFolder, type StateFolder } from '../../../infra/state/state-folder.js';

let root: string;
let folder: string;
let stateFolder: StateFolder;
let commands: CutoverCommands;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'cutover-commands-')));
  folder = join(root, 'commands');
  await mkdir(folder, { mode: 0o755 });
  stateFolder = await openStateFolder(join(root, 'state'));
  commands = createCutoverCommands({ folder, stateFolder });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (path: string, mode = 0o755): Promise<string> => {
  await writeFile(path, '#!/bin/sh\n');
  // Not with the file: there the umask has a say.
  await chmod(path, mode);
  return path;
};

describe('the programs that may move clients', () => {
  it('are those of the folder that was named', async () => {
    const program = await put(join(folder, 'move-dns'));
    expect(await commands.resolve('move-dns')).toBe(program);
    await symlink(program, join(folder, 'also'));
    expect(await commands.resolve('also')).toBe(program);
    await writeFile(join(folder, 'by-env'), '#!/usr/bin/env -S LANG=C sh -e\n', { mode: 0o755 });
    expect(await commands.resolve('by-env')).toBe(join(folder, 'by-env'));
    await symlink(folder, join(root, 'link'));
    expect(await createCutoverCommands({ folder: join(root, 'link'), stateFolder }).resolve('move-dns')).toBe(program);
  });

  it('are none without a folder', async () => {
    await expect(createCutoverCommands({ folder: undefined, stateFolder }).resolve('move-dns')).rejects.toMatchObject({
      type: 'CutoverCommandsOff',
      message: expect.stringContaining('OPENBAO_DR_CUTOVER_COMMANDS') as string,
    });
  });

  it.each(['none', '../outside', '/bin/true', '.', '..', ''])('are not found under the name %j', async (name) => {
    await put(join(root, 'outside'));
    await expect(commands.resolve(name)).rejects.toMatchObject({ type: 'CutoverCommandMissing' });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a link that leads out', async () => symlink(await put(join(root, 'outside')), join(folder, 'move-dns'))],
    ['a program nobody may execute', () => put(join(folder, 'move-dns'), 0o644)],
    ['a program everybody may change', () => put(join(folder, 'move-dns'), 0o757)],
    ['a program its group may change', () => put(join(folder, 'move-dns'), 0o775)],
    ['a folder', () => mkdir(join(folder, 'move-dns'))],
    [
      'a program in a folder whose parent others may change',
      async () => {
        await put(join(folder, 'move-dns'));
        await chmod(root, 0o777);
      },
    ],
    [
      'a program in a folder that is named by a link which others may replace',
      async () => {
        const open = join(root, 'open');
        await mkdir(open);
        await chmod(open, 0o777);
        await put(join(folder, 'move-dns'));
        await symlink(folder, join(open, 'link'));
        commands = createCutoverCommands({ folder: join(open, 'link'), stateFolder });
      },
    ],
    [
      'a script whose interpreter is not there',
      async () => writeFile(join(folder, 'move-dns'), '#!/nowhere/at/all -x\n', { mode: 0o755 }),
    ],
    [
      'a script whose interpreter env does not find',
      async () => writeFile(join(folder, 'move-dns'), '#!/usr/bin/env -S no-such-program -x\n', { mode: 0o755 }),
    ],
    [
      'a program everybody may replace',
      async () => {
        await put(join(folder, 'move-dns'));
        await chmod(folder, 0o777);
      },
    ],
  ])('do not include %s', async (_, prepare) => {
    await prepare();
    await expect(commands.resolve('move-dns')).rejects.toMatchObject({
      type: 'CutoverCommandNotSafe',
      retryable: false,
    });
  });

  it("print into a file beside the drill's report", async () => {
    const file = await commands.logFile('a-drill');
    expect(file).toBe(join(stateFolder.reports, 'a-drill', 'cutover-command.log'));
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
  });
});
