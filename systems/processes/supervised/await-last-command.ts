/** Sees that no program of before is left: two that move the same clients must not run at once. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { isKnownFailure } from '../../../domain/known-failure.js';
import { readJsonFile } from '../../files/json-file.js';
import { waitUntil } from '../../waiting/wait-until.js';
import { identifyProcess } from '../process-identity.js';
import { stillRuns, thisMachine } from './run-supervised.js';

const signSchema = z.object({
  machine: z.string(),
  pid: z.number().int().positive(),
  marks: z.array(z.string()).min(1),
});
type Sign = z.infer<typeof signSchema>;

export interface AwaitLastCommandOptions {
  /** Default: 30000. */
  readonly timeoutMs?: number;
  /** A sign of another machine that is not renewed for this long belongs to a dead process. Default: 10000. */
  readonly staleMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns once the program that left a sign is seen dead, with all its processes. On this machine what is left of one whose
 * supervisor is gone is killed. On another machine only the sign shows it: it is renewed every second while a process lives.
 *
 * @throws KnownFailure `CommandStillRuns` (a retry may help): it was not seen dead in time.
 */
export const awaitLastCommand = async (
  signFile: string,
  { timeoutMs = 30_000, staleMs = 10_000, signal }: AwaitLastCommandOptions = {},
): Promise<void> => {
  const { machine } = await thisMachine();
  let steady: { readonly renewed: number; readonly since: number } | undefined;
  const isDead = async (): Promise<true | undefined> => {
    const sign = await readSign(signFile);
    if (sign === undefined) return true;
    const dead = sign !== 'damaged' && sign.machine === machine ? await isDeadHere(sign) : await isStale();
    if (dead) await rm(signFile, { force: true });
    return dead || undefined;
  };
  const isStale = async (): Promise<boolean> => {
    const renewed = await stat(signFile).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (steady?.renewed !== renewed) steady = { renewed, since: performance.now() };
    return performance.now() - steady.since >= staleMs;
  };
  try {
    await waitUntil(isDead, {
      what: 'the last program to be gone',
      timeoutMs,
      intervalMs: 50,
      signal,
    });
  } catch (error) {
    throw isKnownFailure(error, 'TimedOut') ? stillRuns(signFile) : error;
  }
};

const readSign = async (signFile: string): Promise<Sign | 'damaged' | undefined> => {
  try {
    return await readJsonFile(signFile, (value) => signSchema.parse(value));
  } catch (error) {
    // About to be written, perhaps.
    if (isKnownFailure(error, 'CorruptedState')) return 'damaged';
    throw error;
  }
};

/** A number that is used again by another program is no supervisor: that has the marks nowhere, and no children with them. */
const isDeadHere = async ({ pid, marks }: Sign): Promise<boolean> => {
  if (await isSupervisor(pid)) return false;
  const left = await marked(marks);
  for (const one of left) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  return left.length === 0;
};

const isSupervisor = async (pid: number): Promise<boolean> => {
  if ((await identifyProcess(pid)) === undefined) return false;
  if (process.platform !== 'linux') return true;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes('function supervise(');
};

const marked = async (marks: readonly string[]): Promise<readonly number[]> => {
  if (process.platform !== 'linux') return [];
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    numbers.map(async (number) => {
      const environment = (await readFile(`/proc/${number}/environ`, 'utf8').catch(() => '')).split('\0');
      const ours = marks.every((mark) => environment.includes(mark));
      return ours && (await identifyProcess(number)) !== undefined ? [number] : [];
    }),
  );
  return found.flat();
};
