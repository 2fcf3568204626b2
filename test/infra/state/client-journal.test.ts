import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientOperation } from '../../../domain/recovery/client-operations.js';
import type { ClientJournal } from '../../../activities/ports/client-journal.js';
import { createClientJournal } from '../../../infra/state/client-journal.js';
import { openStateFolder } from '../../../infra/state/state-folder.js';

let folder: string;
let journal: ClientJournal;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-journal-'));
  const stateFolder = await openStateFolder(folder);
  journal = createClientJournal(stateFolder);
  path = join(stateFolder.reports, 'd-1', 'clients.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (sequence: number): ClientOperation => ({
  at: '2026-01-02T03:04:05.678Z',
  ms: 4,
  kind: 'write',
  client: 'roaming',
  sequence,
  servedBy: 'source',
});
const failed: ClientOperation = {
  at: '2026-01-02T03:04:06.000Z',
  ms: 2000,
  kind: 'read',
  client: 'roaming',
  sequence: 0,
  failure: 'OpenBaoUnreachable',
};

const append = (...operations: readonly ClientOperation[]): Promise<void> => journal.append('d-1', operations);

describe('the client journal', () => {
  it('gives back what was written down, in order, a drill at a time', async () => {
    expect(await journal.read('d-1')).toEqual([]);
    await append(write(1), failed);
    await append();
    await append(write(2));
    await journal.append('d-2', [write(9)]);
    expect(await journal.read('d-1')).toEqual([write(1), failed, write(2)]);
  });

  it('is readable by this user alone, and holds an operation a line', async () => {
    await append(write(1), failed);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([write(1), failed]);
  });

  it('keeps every operation of writers that write at once', async () => {
    await Promise.all(Array.from({ length: 200 }, (_, i) => append(write(i + 1))));
    const sequences = (await journal.read('d-1')).map(({ sequence }) => sequence);
    expect(sequences.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  });

  it('ignores a last line that a crash cut short anywhere, also once others follow it', async () => {
    const line = JSON.stringify(write(2)).length + 1;
    for (let cut = 1; cut < line; cut += 1) {
      await writeFile(path, '').catch(() => undefined);
      await append(write(1), write(2));
      await truncate(path, (await stat(path)).size - cut);
      expect(await journal.read('d-1')).toEqual([write(1)]);
      await append(write(3));
      expect(await journal.read('d-1')).toEqual([write(1), write(3)]);
    }
  });

  it.each([
    ['no JSON', 'xxxx'],
    ['half a line', '{"at":"2026-01-02T03:04'],
    ['another shape', '{"at":"2026-01-02T03:04:05.678Z","ms":4}'],
  ])('names a damaged line in the middle, and guesses nothing: %s', async (_, damage) => {
    await append(write(1));
    await appendFile(path, `${damage}\n`);
    await append(write(2));
    await expect(journal.read('d-1')).rejects.toMatchObject({
      type: 'CorruptedState',
      message: expect.stringContaining('The line is 2.') as string,
    });
  });
});
