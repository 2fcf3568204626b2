import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJsonFile, writeJsonFile } from '../../../systems/files/json-file.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-file-'));
  path = join(folder, 'state.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const parseCount = (value: unknown): number => {
  if (typeof value === 'object' && value !== null && 'count' in value && typeof value.count === 'number') {
    return value.count;
  }
  throw new Error(`not a count: ${JSON.stringify(value)}`);
};

describe('a JSON file', () => {
  it('gives back what was written, to its owner alone', async () => {
    await writeJsonFile(path, { count: 3 });
    expect(await readJsonFile(path, parseCount)).toBe(3);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is undefined if it is not there', async () => {
    expect(await readJsonFile(path, parseCount)).toBeUndefined();
  });

  it.each([
    ['half-written', '{"secret":"hunter2"'],
    ['empty', ''],
    ['nested too deep', `{"secret":"hunter2","a":${'['.repeat(1_000_000)}`],
    ['of another shape', '{"secret":"hunter2"}'],
  ])('is named when it is %s, without a word of its content', async (_, content) => {
    await writeFile(path, content);
    const failure = await readJsonFile(path, parseCount).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'CorruptedState', message: expect.stringContaining(path) as string });
    expect(failure).toMatchObject({ message: expect.stringContaining('remove it') as string, cause: undefined });
    expect((failure as Error).message).not.toContain('hunter2');
  });
});
