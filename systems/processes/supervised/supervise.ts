/**
 * The body of a supervisor: a small process between this one and a program, which outlives neither. It is handed to `node -e` as
 * text, so it may use nothing from outside itself.
 */
import type { ChildProcess } from 'node:child_process';

/** The order of a supervisor, as JSON on the first line of its standard input. */
export interface Supervision {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
  /**
   * Shows other processes that the program runs: made before it starts, renewed every second, removed when all of it has ended.
   */
  readonly signFile?: string | undefined;
  /** The content of the sign, beside the process number of the supervisor. */
  readonly sign: object;
  /** `NAME=value` of variables that every process of the program inherits, and no other process has. */
  readonly marks: readonly string[];
  readonly timeoutMs: number;
  readonly graceMs: number;
  /** The size that is kept of the output's beginning, and of its end. */
  readonly keptBytes: number;
}

/** The last line that a supervisor prints, as JSON. `left`: processes that had outlived the program, and were ended. */
export type Supervised =
  | { readonly outcome: 'exited'; readonly exitCode: number; readonly left: number }
  | { readonly outcome: 'ended'; readonly signal: string; readonly left: number }
  | { readonly outcome: 'timed-out'; readonly left: number }
  | { readonly outcome: 'stopped'; readonly left: number }
  | { readonly outcome: 'not-started' | 'runs-already'; readonly code: string };

/** @returns never: the process exits. */
export function supervise(): void {
  const fs = process.getBuiltinModule('node:fs');
  const { spawn, spawnSync } = process.getBuiltinModule('node:child_process');

  // A signal to this process tree has to end the program, which this process ensures.
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
  process.stdout.on('error', () => undefined);

  let told = '';
  let begun = false;
  let stop: ((why: 'stopped' | 'orphaned') => void) | undefined;
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (text: string) => {
    told += text;
    const [first, ...rest] = told.split('\n');
    if (!begun && rest.length > 0) {
      begun = true;
      begin(JSON.parse(first!) as Supervision);
    }
    if (begun && rest.join('').includes('stop')) stop?.('stopped');
  });
  // The other end is closed, or its process is gone, however it went.
  const orphaned = (): void => (stop === undefined ? process.exit(1) : stop('orphaned'));
  process.stdin.on('end', orphaned).on('error', orphaned);

  const begin = (given: Supervision): void => {
    const { signFile, timeoutMs, graceMs, keptBytes } = given;
    const answer = (supervised: Supervised): never => {
      try {
        fs.writeSync(1, `${JSON.stringify(supervised)}\n`);
      } catch {
        // The reader is gone.
      }
      return process.exit(0);
    };
    if (signFile !== undefined) {
      try {
        const sign = JSON.stringify({ ...given.sign, pid: process.pid, marks: given.marks });
        fs.writeFileSync(signFile, `${sign}\n`, { flag: 'wx', mode: 0o600 });
      } catch (error) {
        answer({ outcome: 'runs-already', code: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN' });
      }
    }
    const removeSign = (): void => {
      if (signFile !== undefined) fs.rmSync(signFile, { force: true });
    };
    const renewSign = (): void => {
      try {
        if (signFile !== undefined) fs.utimesSync(signFile, new Date(), new Date());
      } catch {
        // Another process has taken it for dead, so the program must not go on.
        stop?.('orphaned');
      }
    };

    const log = fs.openSync(given.logFile, 'a', 0o600);
    /** Unwritable output is dropped: a full disk must not let the program go on alone. */
    const write = (text: string | Buffer): void => {
      try {
        fs.writeSync(log, text as string);
      } catch {
        leftOut += text.length;
      }
    };
    let closed = false;
    let headBytes = 0;
    let tail: Buffer[] = [];
    let tailBytes = 0;
    let leftOut = 0;
    const keep = (chunk: Buffer): void => {
      if (closed) return;
      const head = chunk.subarray(0, Math.max(0, keptBytes - headBytes));
      if (head.length > 0) write(head);
      headBytes += head.length;
      const rest = chunk.subarray(head.length);
      if (rest.length === 0) return;
      tail.push(rest);
      tailBytes += rest.length;
      while (tail.length > 1 && tailBytes - tail[0]!.length >= keptBytes) {
        tailBytes -= tail[0]!.length;
        leftOut += tail.shift()!.length;
      }
    };
    const closeLog = (note: string): void => {
      const end = Buffer.concat(tail);
      const kept = end.subarray(Math.max(0, end.length - keptBytes));
      leftOut += end.length - kept.length;
      tail = [];
      if (leftOut > 0) write(`\n[openbao-dr: ${leftOut} bytes are left out here]\n`);
      if (kept.length > 0) write(kept);
      if (note !== '') write(`[openbao-dr: ${note}]\n`);
      closed = true;
      fs.closeSync(log);
    };

    let child: ChildProcess;
    try {
      child = spawn(given.file, [...given.args], {
        cwd: given.cwd,
        env: { ...given.env },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      removeSign();
      return answer({ outcome: 'not-started', code: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN' });
    }
    const { pid } = child;
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (pid !== undefined) return;
      closeLog('');
      removeSign();
      answer({ outcome: 'not-started', code: error.code ?? 'UNKNOWN' });
    });
    if (pid === undefined) return;
    let pipesOpen = 2;
    let whenDrained: () => void = () => undefined;
    for (const pipe of [child.stdout, child.stderr]) {
      pipe?.on('data', keep).once('close', () => {
        pipesOpen -= 1;
        if (pipesOpen === 0) whenDrained();
      });
    }

    /** Number, parent, group and session of every process that has not ended. */
    const processes = (): readonly { pid: number; parent: number; group: number; session: number; start: string }[] => {
      if (process.platform !== 'linux') {
        const { stdout } = spawnSync('/bin/ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,lstart='], { encoding: 'utf8' });
        return stdout.split('\n').flatMap((line) => {
          const [, number, parent, group, state, start] =
            /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
          if (number === undefined || state!.startsWith('Z')) return [];
          return [{ pid: Number(number), parent: Number(parent), group: Number(group), session: 0, start: start! }];
        });
      }
      return fs.readdirSync('/proc').flatMap((name) => {
        if (!/^\d+$/.test(name)) return [];
        try {
          const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
          // See proc(5): what follows the program's name in parentheses begins with field 3.
          const [state, parent, group, session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
          if (state === 'Z' || state === 'X') return [];
          return [
            {
              pid: Number(name),
              parent: Number(parent),
              group: Number(group),
              session: Number(session),
              start: rest[15]!,
            },
          ];
        } catch {
          return [];
        }
      });
    };
    const isMarked = (number: number): boolean => {
      if (process.platform !== 'linux' || given.marks.length === 0) return false;
      try {
        const environment = fs.readFileSync(`/proc/${number}/environ`, 'utf8').split('\0');
        return given.marks.every((mark) => environment.includes(mark));
      } catch {
        return false;
      }
    };

    /** Every process of the program that was ever seen, by its number, with its start: its children may leave its group. */
    const known = new Map<number, string>();
    const look = (thorough = true): readonly number[] => {
      const all = processes();
      for (let grows = true; grows;) {
        grows = false;
        for (const one of all) {
          if (one.pid === process.pid || known.get(one.pid) === one.start) continue;
          const isOurs =
            one.pid === pid ||
            one.group === pid ||
            one.session === pid ||
            all.some((parent) => parent.pid === one.parent && known.get(parent.pid) === parent.start) ||
            (thorough && isMarked(one.pid));
          if (!isOurs) continue;
          known.set(one.pid, one.start);
          grows = true;
        }
      }
      return all.filter((one) => known.get(one.pid) === one.start).map((one) => one.pid);
    };
    const signalAll = (signal: NodeJS.Signals): number => {
      const members = look();
      for (const member of members) {
        try {
          process.kill(member, signal);
        } catch {
          // The process has ended meanwhile, or its number belongs to another process.
        }
      }
      return members.length;
    };

    process.on('uncaughtException', () => {
      signalAll('SIGKILL');
      process.exit(1);
    });

    let why: 'timed-out' | 'stopped' | 'orphaned' | undefined;
    let ending = false;
    /** Politely first, but for one whose worker is gone. Resolves once no process is left, or none can be ended. */
    const endAll = (polite: boolean, then: (left: number) => void): void => {
      if (ending) return;
      ending = true;
      const left = polite ? signalAll('SIGTERM') : 0;
      const forceAt = Date.now() + (polite ? graceMs : 0);
      const giveUpAt = forceAt + 10_000;
      const again = (): void => {
        if (look().length === 0 || Date.now() >= giveUpAt) return then(left);
        if (Date.now() >= forceAt || why === 'orphaned') signalAll('SIGKILL');
        setTimeout(again, 20);
      };
      again();
    };
    const finish = (supervised: (left: number) => Supervised, polite: boolean): void =>
      endAll(polite, (left) => {
        clearInterval(watch);
        // The pipes' remaining content; a process that could not be ended may keep them open.
        let conclude = (): void => {
          conclude = () => undefined;
          closeLog(
            left > 0 && why === undefined ? `${left} processes that the program had left behind were ended` : '',
          );
          if (look().length === 0) removeSign();
          answer(supervised(left));
        };
        const drained = (): void => conclude();
        if (pipesOpen === 0) return drained();
        whenDrained = drained;
        setTimeout(drained, 500);
      });

    stop = (reason) => {
      why ??= reason;
      if (reason === 'orphaned') why = 'orphaned';
      finish((left) => ({ outcome: 'stopped', left }), reason !== 'orphaned');
    };
    const timer = setTimeout(
      () => {
        why ??= 'timed-out';
        finish((left) => ({ outcome: 'timed-out', left }), true);
      },
      Math.min(timeoutMs, 2 ** 31 - 1),
    );
    let beats = 0;
    const watch = setInterval(() => {
      beats += 1;
      look(beats % 5 === 0);
      if (beats % 5 === 0) renewSign();
    }, 200);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (why !== undefined) return;
      const exitCode = code;
      finish(
        (left) =>
          exitCode === null
            ? { outcome: 'ended', signal: signal ?? 'unknown', left }
            : { outcome: 'exited', exitCode, left },
        true,
      );
    });
  };
}
