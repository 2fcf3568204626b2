import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { emptyFolder } from '../support/recorder.js';
import { changedSinceRelease, historiesFolder, listHistories, unreleased } from './histories.js';

/** As CONTRIBUTING says that a release is made. */
const release = async (root: string): Promise<string> => {
  const folder = join(root, 'v0.1.0');
  await cp(join(historiesFolder, unreleased), folder, { recursive: true });
  await execa('sh', ['-c', 'sha256sum *.json > SHA256SUMS'], { cwd: folder });
  return folder;
};

describe('histories of a release', () => {
  it('are as they were when it was made', async () => {
    expect(await changedSinceRelease()).toEqual([]);
  });

  it('are replayed beside those that are not released', async () => {
    const root = await emptyFolder();
    await release(root);
    expect(await listHistories(root)).toContain('v0.1.0/approved.json');
  });

  it('are found out if one is written again, lost or added', async () => {
    const root = await emptyFolder();
    const folder = await release(root);
    await mkdir(join(root, unreleased));
    await writeFile(join(root, unreleased, 'approved.json'), 'recorded again');
    expect(await changedSinceRelease(root)).toEqual([]);

    await writeFile(join(folder, 'approved.json'), 'recorded again');
    await rm(join(folder, 'rejected.json'));
    await writeFile(join(folder, 'another.json'), '{}');
    expect(await changedSinceRelease(root)).toEqual(
      ['another', 'approved', 'rejected'].map((name) => `v0.1.0/${name}.json`),
    );
  });

  it('have digests', async () => {
    const root = await emptyFolder();
    const folder = await release(root);
    await rm(join(folder, 'SHA256SUMS'));
    expect(await changedSinceRelease(root)).toEqual(await listHistories(root));
  });
});
