/** How much of a download there is: pip says it in words that change with its version, and the file grows in all of them. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Often enough to show that something moves, and seldom enough for a log. */
const everyMs = 3_000;

/**
 * Runs `work`, and reports the size of the largest file below a folder whenever it has grown meanwhile.
 *
 * @param onGrowth receives bytes, never fewer than before.
 */
export const whileGrowing = async <T>(
  folder: string,
  onGrowth: (bytes: number) => void,
  work: () => Promise<T>,
  intervalMs = everyMs,
): Promise<T> => {
  const over = new AbortController();
  const watching = watch(folder, onGrowth, intervalMs, over.signal);
  try {
    return await work();
  } finally {
    over.abort();
    await watching;
  }
};

const watch = async (
  folder: string,
  onGrowth: (bytes: number) => void,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> => {
  let reported = 0;
  for (;;) {
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const bytes = await largestFile(folder);
    if (bytes > reported && !signal.aborted) onGrowth((reported = bytes));
  }
};

/** Files come and go meanwhile: what cannot be looked at counts as nothing. */
const largestFile = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory()
      ? largestFile(path)
      : stat(path).then(
          ({ size }) => size,
          () => 0,
        );
  });
  return Math.max(0, ...(await Promise.all(sizes)));
};
