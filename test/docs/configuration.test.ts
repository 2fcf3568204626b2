import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Everything that runs at a user's, and what of it reads or sets variables of this program. */
const rooms = ['activities', 'client', 'infra', 'systems', 'worker'];

const variablesIn = (text: string): readonly string[] => text.match(/\bOPENBAO_DR_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g) ?? [];

const sources = async (): Promise<readonly string[]> => {
  const found = await Promise.all(rooms.map((room) => readdir(room, { recursive: true })));
  return found.flatMap((names, at) =>
    names.filter((name) => name.endsWith('.ts')).map((name) => join(rooms[at]!, name)),
  );
};

describe('docs/configuration.md', () => {
  it('names every variable that the program reads, or the page of those that it sets', async () => {
    const pages = await Promise.all(
      ['configuration.md', 'cutover.md'].map((name) => readFile(join('docs', name), 'utf8')),
    );
    const described = new Set(variablesIn(pages.join('\n')));
    const texts = await Promise.all((await sources()).map((file) => readFile(file, 'utf8')));
    const used = new Set(texts.flatMap(variablesIn));
    expect([...used].filter((name) => !described.has(name))).toEqual([]);
    expect(used.size).toBeGreaterThan(20);
  });

  it('names none that the program does not know', async () => {
    const page = variablesIn(await readFile('docs/configuration.md', 'utf8'));
    const files = [...(await sources()), 'docker-compose.yml'];
    const known = new Set((await Promise.all(files.map((file) => readFile(file, 'utf8')))).flatMap(variablesIn));
    expect(page.filter((name) => !known.has(name))).toEqual([]);
  });
});
