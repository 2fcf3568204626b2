import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLogTail } from '../../../systems/processes/log-tail.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-tail-'));
  file = join(folder, 'server.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('readLogTail', () => {
  it('returns the last lines', async () => {
    await writeFile(file, 'one\ntwo\nthree\n');
    expect(await readLogTail(file, 2)).toBe('two\nthree');
    expect(await readLogTail(file)).toBe('one\ntwo\nthree');
  });

  it('returns whole lines of a long log', async () => {
    const line = (n: number): string => `${n} ${'é'.repeat(1_000)}`;
    await writeFile(file, Array.from({ length: 500 }, (_, n) => line(n)).join('\n'));
    const tail = (await readLogTail(file, 1_000)).split('\n');
    expect(tail.at(-1)).toBe(line(499));
    expect(tail[0]).toBe(line(500 - tail.length));
  });

  it('is empty when there is no log, or nothing in it', async () => {
    expect(await readLogTail(file)).toBe('');
    await writeFile(file, '');
    expect(await readLogTail(file)).toBe('');
  });
});
