/** Where recorded histories are: a folder for each release, which is never written again, and one for what is not released. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const historiesFolder = fileURLToPath(new URL('histories', import.meta.url));

/** The only folder that a recording writes to. */
export const unreleased = 'unreleased';

/** As `sha256sum *.json > SHA256SUMS` writes it when a release is made. */
const sumsFile = 'SHA256SUMS';

const historiesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();

/** `<release>/<name>.json`, of all folders. */
export const listHistories = async (root = historiesFolder): Promise<string[]> => {
  const releases = await readdir(root);
  const files = await Promise.all(
    releases.map(async (release) => (await historiesIn(join(root, release))).map((file) => `${release}/${file}`)),
  );
  return files.flat().sort();
};

/** What is not as it was when its release was made: changed, missing, added, or in a folder without digests. */
export const changedSinceRelease = async (root = historiesFolder): Promise<string[]> => {
  const releases = (await readdir(root)).filter((release) => release !== unreleased);
  const changes = await Promise.all(
    releases.map(async (release) => {
      const recorded = await readSums(join(root, release, sumsFile));
      const names = new Set([...recorded.keys(), ...(await historiesIn(join(root, release)))]);
      const digests = await Promise.all(
        [...names].map(async (name) => [name, await digest(join(root, release, name))] as const),
      );
      return digests.filter(([name, found]) => found !== recorded.get(name)).map(([name]) => `${release}/${name}`);
    }),
  );
  return changes.flat().sort();
};

const readSums = async (path: string): Promise<ReadonlyMap<string, string>> => {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
};

const digest = (path: string): Promise<string | undefined> =>
  readFile(path).then(
    (content) => createHash('sha256').update(content).digest('hex'),
    () => undefined,
  );
