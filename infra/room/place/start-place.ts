/** A started place: OpenBao runs in it, and things are tried from inside. Everything in it ends with this process, however it ends. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { KnownFailure } from '../../../domain/known-failure.js';
import { quote } from '../../../systems/secrets/scrub.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { killGroup } from './kill-place.js';
import { type Attempt, inside, type Inside, type Told } from './inside.js';

/** An {@link Attempt} without its number. */
export type Tried = Attempt extends infer One ? (One extends Attempt ? Omit<One, 'id'> : never) : never;

export interface PlaceProgram {
  /** What encloses the place, with all of its arguments but the program. Empty for none. */
  readonly enclosing: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly inside: Inside;
}

export interface Place {
  /** The number of the process that is the place, outside: who ends it ends everything inside. */
  readonly pid: number;
  /** What became of OpenBao, or of the place as a whole; undefined while it runs. */
  readonly ended: () => Extract<Told, { readonly told: 'ended' }> | undefined;
  /** What is found from inside: `reached`, `silent`, or the error's code. */
  attempt(tried: Tried): Promise<string>;
  /**
   * Ends OpenBao in good order, and starts it again on its data.
   *
   * @throws KnownFailure `RoomGone`: the place has ended.
   */
  restart(): Promise<void>;
  /** Ends everything in it, and returns once nothing of it runs. */
  end(): Promise<void>;
}

const startTimeoutMs = 20_000;
const endTimeoutMs = 5_000;
/** Of what the enclosing program printed, the end says why. */
const keptCharacters = 2_000;

/**
 * @throws KnownFailure `RoomNotEnclosed`: the walls could not be built, in the words of what builds them.
 * @throws KnownFailure `ProcessNotStarted`: the program inside could not be started.
 */
export const startPlace = async (program: PlaceProgram, signal?: AbortSignal): Promise<Place> => {
  signal?.throwIfAborted();
  const line = [...program.enclosing, process.execPath, '-e', `(${inside.toString()})()`];
  // In a group of its own: a signal of the terminal's must not end the room before its owner does.
  const child = spawn(line[0]!, line.slice(1), { cwd: '/', env: program.environment, detached: true, stdio: 'pipe' });
  const heard = listenTo(child);
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(program.inside)}\n`);
  const end = () => endOf(child);
  try {
    await waitUntil(async () => heard.started() ?? heard.failure(), {
      what: 'the room to be enclosed',
      timeoutMs: startTimeoutMs,
      intervalMs: 5,
      ...(signal === undefined ? {} : { signal }),
    });
    const failure = heard.started() === undefined ? heard.failure() : undefined;
    if (failure !== undefined) throw failure;
  } catch (error) {
    await end();
    throw error;
  }
  let last = 0;
  const attempt = async (tried: Tried): Promise<string> => {
    last += 1;
    const id = last;
    child.stdin.write(`${JSON.stringify({ ...tried, id })}\n`);
    return waitUntil(async () => heard.found(id) ?? (heard.isGone() ? 'gone' : undefined), {
      what: 'an attempt from inside the room',
      timeoutMs: 20_000,
      intervalMs: 10,
    });
  };
  return {
    pid: child.pid!,
    ended: heard.ended,
    attempt,
    restart: async () => {
      if ((await attempt({ restart: true })) !== 'gone') return;
      throw new KnownFailure('RoomGone', 'The room ended before its OpenBao was started again: the run opens another.');
    },
    end,
  };
};

interface Heard {
  readonly started: () => true | undefined;
  readonly failure: () => Error | undefined;
  readonly ended: Place['ended'];
  readonly isGone: () => boolean;
  readonly found: (id: number) => string | undefined;
}

const listenTo = (child: ChildProcessWithoutNullStreams): Heard => {
  const told: Told[] = [];
  let printed = '';
  let closed: KnownFailure | undefined;
  let gone: ReturnType<Place['ended']>;
  createInterface({ input: child.stdout }).on('line', (line) => {
    try {
      told.push(JSON.parse(line) as Told);
    } catch {
      // What is killed while it prints leaves half a line: its end is noticed by itself.
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-keptCharacters);
  });
  const fail = (why: string): void => {
    closed ??= new KnownFailure(
      'RoomNotEnclosed',
      'The walls of the room could not be built: see why, and choose another kind of room where namespaces are not allowed.',
      { facts: { message: quote(why.trim()) } },
    );
  };
  child.once('error', (error) => fail((error as NodeJS.ErrnoException).code ?? error.message));
  child.once('close', (code, signal) => {
    gone = { told: 'ended', code, signal };
    fail(printed);
  });
  const one = <T extends Told['told']>(kind: T) =>
    told.find((each) => each.told === kind) as Extract<Told, { told: T }> | undefined;
  return {
    started: () => (one('started') === undefined ? undefined : true),
    failure: () => {
      const code = one('not-started')?.code;
      if (code === undefined) return closed;
      if (code === 'NO_SETPRIV') {
        return new KnownFailure(
          'RoomNotPossible',
          'A room takes setpriv, so that it ends with its worker, and this machine has none: install util-linux.',
        );
      }
      return new KnownFailure(
        'ProcessNotStarted',
        'OpenBao could not be started in the room: check that its program may be executed.',
        {
          facts: { code },
        },
      );
    },
    ended: () => one('ended') ?? gone,
    isGone: () => gone !== undefined,
    found: (id) => told.flatMap((each) => (each.told === 'tried' && each.id === id ? [each.found] : []))[0],
  };
};

/** The end of its input ends it; one that does not hear that is killed, and its first process takes all others along. */
const endOf = async (child: ChildProcessWithoutNullStreams): Promise<void> => {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin.end();
  const timer = setTimeout(() => killGroup(pid), endTimeoutMs);
  await exited;
  clearTimeout(timer);
};
