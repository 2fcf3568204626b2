import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setTimeout as waitFor } from 'node:timers/promises';
import { withFileLock } from '../../../systems/files/file-lock.js';
import { processPlace } from '../../../systems/processes/process-place.js';
import { compileSources } from './compiled-sources.js';

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-lock-'));
  lock = join(folder, 'lane.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const returning = async (): Promise<string> => 'done';

describe('withFileLock', () => {
  it('returns what the function returns and leaves nothing behind', async () => {
    await expect(withFileLock(lock, returning)).resolves.toBe('done');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is released when the function throws', async () => {
    const broken = new Error('broken');
    await expect(withFileLock(lock, () => Promise.reject(broken))).rejects.toBe(broken);
    await expect(withFileLock(lock, returning, { timeoutMs: 1_000 })).resolves.toBe('done');
  });

  it('lets the callers of one process in one by one', async () => {
    let inside = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      most = Math.max(most, (inside += 1));
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 10 }, () => withFileLock(lock, visit)));
    expect(most).toBe(1);
  });

  it('names the process that holds it when the time is up', async () => {
    await withFileLock(lock, async () => {
      await expect(withFileLock(lock, returning, { timeoutMs: 60 })).rejects.toMatchObject({
        type: 'LockHeld',
        retryable: true,
        message: expect.stringContaining(`Process ${process.pid} `) as string,
      });
    });
  });

  it('stops waiting when the signal aborts', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    await withFileLock(lock, async () => {
      const waiting = withFileLock(lock, returning, { signal: controller.signal });
      controller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    });
  });

  it('is taken over from a process whose number someone else has now', async () => {
    await mkdir(lock);
    await writeFile(join(lock, `${await processPlace()},${process.pid},an-earlier-start,0`), '');
    await expect(withFileLock(lock, returning, { timeoutMs: 0 })).resolves.toBe('done');
  });

  it('lets nobody of another container in while the lease is renewed, however long that is', async () => {
    // Both with the number 1, as far as each of them knows.
    const of = (place: string, timeoutMs: number) => ({ place, timeoutMs, leaseMs: 120 });
    await withFileLock(
      lock,
      async () => {
        await expect(withFileLock(lock, returning, of('pod-b', 600))).rejects.toMatchObject({ type: 'LockHeld' });
      },
      of('pod-a', 0),
    );
    await expect(withFileLock(lock, returning, of('pod-b', 0))).resolves.toBe('done');
  });

  it('is taken over from a holder of another container once its lease is over, and no sooner', async () => {
    await mkdir(lock);
    await writeFile(join(lock, 'pod-a,1,some-start,0'), '');
    const waiting = { place: 'pod-b', leaseMs: 300 };
    await expect(withFileLock(lock, returning, { ...waiting, timeoutMs: 100 })).rejects.toMatchObject({
      type: 'LockHeld',
    });
    await expect(withFileLock(lock, returning, { ...waiting, timeoutMs: 5_000 })).resolves.toBe('done');
  });

  it('says so when it was lost meanwhile, and leaves it to its new holder', async () => {
    const standingStill = withFileLock(
      lock,
      async () => {
        const [entry] = await readdir(lock);
        await rm(join(lock, entry!));
        await withFileLock(lock, () => waitFor(60), { place: 'pod-b', timeoutMs: 0 });
      },
      { place: 'pod-a', leaseMs: 60 },
    );
    await expect(standingStill).rejects.toMatchObject({ type: 'LockLost', retryable: true });
  });

  it('is not stuck by a crash between its release and its removal', async () => {
    await mkdir(lock);
    await expect(withFileLock(lock, returning, { timeoutMs: 0 })).resolves.toBe('done');
  });

  it.each([
    ['a file', () => writeFile(lock, 'mine')],
    ['a folder of someone else', () => mkdir(join(lock, 'mine'), { recursive: true })],
  ])('does not touch %s that stands in its place', async (_, put) => {
    await put();
    await expect(withFileLock(lock, returning)).rejects.toMatchObject({ type: 'CorruptedState' });
    expect(await readdir(folder)).toEqual(['lane.lock']);
  });
});

describe('withFileLock between processes', () => {
  let compiled: Awaited<ReturnType<typeof compileSources>>;
  beforeAll(async () => {
    compiled = await compileSources('domain', 'systems/files', 'systems/processes', 'test/systems/files/fixtures');
  });
  afterAll(() => compiled.remove());

  it('loses no update, though half of them are killed while they hold it', async () => {
    const counter = join(folder, 'counter');
    await writeFile(counter, '0');
    const script = join(compiled.root, 'test/systems/files/fixtures/count-under-lock.js');
    const endings = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? 'dies' : 'leaves'));
    const runs = await Promise.all(
      endings.map((ending) =>
        execa(process.execPath, [script, lock, counter, '10', ending], { reject: false, timeout: 45_000 }),
      ),
    );
    expect(runs.map(({ signal, exitCode }) => signal ?? exitCode)).toEqual(
      endings.map((ending) => (ending === 'dies' ? 'SIGKILL' : 0)),
    );
    expect(await readFile(counter, 'utf8')).toBe('80');
    // What the last one to die held is still there, and holds nobody up.
    await expect(withFileLock(lock, returning, { timeoutMs: 0 })).resolves.toBe('done');
  });
});
