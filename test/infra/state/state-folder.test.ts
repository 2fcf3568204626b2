import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateFolder } from '../../../infra/state/state-folder.js';

let folder: string;
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-state-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the state folder', () => {
  it('is made, private, and opened again by any number at once', async () => {
    const path = join(folder, 'new', 'state');
    const opened = await Promise.all(Array.from({ length: 8 }, () => openStateFolder(path)));
    expect(opened[0]).toEqual(await openStateFolder(path));
    expect(await modeOf(path)).toBe(0o700);
    expect(await modeOf(opened[0]!.lanes)).toBe(0o700);
    expect(await modeOf(opened[0]!.evidenceKeys)).toBe(0o700);
  });

  it('is tightened when it is ours, or empty', async () => {
    await chmod(folder, 0o755);
    await openStateFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
    await chmod(folder, 0o755);
    await openStateFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
  });

  it("is refused when it holds somebody's files, and left exactly as it is", async () => {
    await writeFile(join(folder, 'thesis.tex'), '');
    await chmod(folder, 0o755);
    await expect(openStateFolder(folder)).rejects.toMatchObject({ type: 'FolderNotUsable' });
    expect(await modeOf(folder)).toBe(0o755);
  });

  it('is refused when it is a file, or its marker is damaged', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(openStateFolder(join(folder, 'file'))).rejects.toMatchObject({ type: 'FolderNotUsable' });
    await mkdir(join(folder, 'damaged'));
    await writeFile(join(folder, 'damaged', 'openbao-dr.json'), '{');
    await expect(openStateFolder(join(folder, 'damaged'))).rejects.toMatchObject({ type: 'CorruptedState' });
  });
});
