/** A process number alone proves nothing, because numbers are used again: number and start time together do. */
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: when the process started, in a form that differs for every process that ever has this number. */
  readonly startedAt: string;
}

/** Identifies the process with this number; `undefined` if there is none, or only an ended one (a zombie). */
export const identifyProcess = async (pid: number): Promise<ProcessIdentity | undefined> => {
  // 0 and negative numbers mean groups of processes to kill(2): never let one pass for a process.
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const startedAt = await (process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid));
  return startedAt === undefined ? undefined : { pid, startedAt };
};

/** Whether this very process still runs: same number, same start. */
export const isRunning = async (identity: ProcessIdentity): Promise<boolean> =>
  (await identifyProcess(identity.pid))?.startedAt === identity.startedAt;

/** See proc(5): field 3 is the state, field 22 the start in clock ticks since boot, hence the boot's id before it. */
const startFromProc = async (pid: number): Promise<string | undefined> => {
  const [bootId, stat] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined),
  ]);
  if (stat === undefined) return undefined;
  // Field 2 is the program's name in parentheses, and may itself hold spaces and parentheses.
  const fromField3 = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ended = ['Z', 'X', 'x'].includes(fromField3[0] ?? 'Z');
  const startTicks = fromField3[22 - 3];
  return ended || startTicks === undefined ? undefined : `${bootId.trim()}:${startTicks}`;
};

const startFromPs = async (pid: number): Promise<string | undefined> => {
  const { stdout, failed } = await execa('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    reject: false,
    extendEnv: false,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    timeout: 5_000,
  });
  const [, state, started] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
  return failed || state === undefined || state.startsWith('Z') ? undefined : started;
};
