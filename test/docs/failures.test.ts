import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const rooms = ['activities', 'client', 'domain', 'infra', 'systems', 'worker', 'workflows'];

/** Where a failure gets its type, or is told by it. */
const places = [
  /\bnew KnownFailure\(\s*'(\w+)'/g,
  /\b(?:failureType|type):\s*'([A-Z]\w+)'/g,
  /\b(?:failure|failed|raise|when|denied|away)\(\s*(?:\/(?:\\.|[^/\n\\])+\/\w*,\s*)?'([A-Z][a-z0-9]*[A-Z]\w+)'/g,
  /\bnonRetryable\([^;]*?,\s*'([A-Z]\w+)'/g,
  /\bisKnownFailure\(\w+, '([A-Z]\w+)'/g,
  /^\s+'(S[a-z]+[A-Z]\w+)',$/gm,
];

/** Types of Kubernetes' objects, conditions and payloads, which stand in the same places. */
const others = new Set(['OpenBaoCluster', 'OpenBaoRestore', 'SelfSubjectAccessReview', 'Normal', 'Opaque']);

const sources = async (): Promise<readonly string[]> => {
  const found = await Promise.all(rooms.map((room) => readdir(room, { recursive: true })));
  const files = found.flatMap((names, at) =>
    names.filter((name) => /\.ts$/.test(name)).map((name) => join(rooms[at]!, name)),
  );
  return Promise.all(files.map((file) => readFile(file, 'utf8')));
};

const typesOnPage = async (): Promise<readonly string[]> => {
  const rows = (await readFile('docs/failures.md', 'utf8')).split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => row.split('|')[1]?.match(/\w+/g) ?? []);
};

describe('docs/failures.md', () => {
  it('has every type of failure once', async () => {
    const types = await typesOnPage();
    expect(types.filter((type, at) => types.indexOf(type) !== at)).toEqual([]);
    const used = (await sources()).flatMap((text) =>
      places.flatMap((place) => [...text.matchAll(place)].map(([, type]) => type!)),
    );
    expect(used.length).toBeGreaterThan(250);
    expect([...new Set(used)].filter((type) => !types.includes(type) && !others.has(type)).sort()).toEqual([]);
  });

  it('has none that the program does not know', async () => {
    const text = (await sources()).join('\n');
    expect((await typesOnPage()).filter((type) => !text.includes(`'${type}'`))).toEqual([]);
  });

  it('says of each row what it means, whether it is retried, and what to do', async () => {
    const rows = (await readFile('docs/failures.md', 'utf8')).split('\n').filter((line) => line.startsWith('| `'));
    expect(
      rows.filter((row) =>
        row
          .split('|')
          .slice(1, -1)
          .some((cell) => cell.trim() === ''),
      ),
    ).toEqual([]);
  });
});
