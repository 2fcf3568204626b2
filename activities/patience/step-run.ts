/**
 * One attempt of a step, and how patient it may be: since when what it needs has been away, over all its attempts, is kept in
 * its heartbeats. What runs inside a step asks {@link stepRun}; outside of one, as in a test of one function, there is none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { KnownFailure } from '../../domain/known-failure.js';
import type { StepAway, StepBeat } from '../../domain/contract/step-beat.js';
import { describeMs } from '../../domain/units.js';

export interface StepRun {
  /** How long one attempt may take, in milliseconds. */
  readonly longestMs: number;
  /** The patience that is left while what was last seen goes on, in milliseconds; 0 when it is over. */
  patienceLeftMs(): number;
  /** Something that the step needs did not answer, or answered that it cannot serve. */
  noteAway(failure: KnownFailure): void;
  /** What the step needs has answered. */
  noteThere(): void;
  /** A stream has moved. */
  noteMoved(bytes: number): void;
  /** What the next heartbeat says. */
  beat(): StepBeat;
}

export interface StepRunOptions {
  readonly patienceMs: number;
  readonly longestMs: number;
  /** The last heartbeat of the attempt before this one. */
  readonly before?: StepBeat | undefined;
  /** Milliseconds since the epoch. Default: the clock's. */
  readonly now?: () => number;
}

/** An edge that has just started shows a certificate of its own until it has read its routes; a wrong one goes on. */
const strangerForMs = 15_000;
const isStranger = ({ type }: { readonly type: string }): boolean => type === 'OpenBaoCertificateRefused';

/** Attempts follow each other within 10 s: after a longer gap no worker was there, and nobody asked. */
const longestGapMs = 45_000;

export const createStepRun = ({ patienceMs, longestMs, before, now = Date.now }: StepRunOptions): StepRun => {
  const startedMs = now();
  let away = awayBefore(before, longestMs, startedMs);
  /** A first question may have hung from the beginning. */
  let thereMs = startedMs;
  let bytes: number | undefined;

  /** A stream that has moved for long and then breaks has met an outage of its own. */
  const isNew = (failure: KnownFailure): boolean =>
    away === undefined ||
    isStranger(away) !== isStranger(failure) ||
    (isOutage(failure) && thereMs > Date.parse(away.at) && thereMs - startedMs >= movesForMs);

  return {
    longestMs,
    patienceLeftMs() {
      const since = away === undefined ? thereMs : Date.parse(away.since);
      const limitMs = away !== undefined && isStranger(away) ? Math.min(strangerForMs, patienceMs) : patienceMs;
      return Math.max(0, since + limitMs - now());
    },
    noteAway(failure) {
      const changed = away !== undefined && isStranger(away) !== isStranger(failure);
      const since = isNew(failure) ? asTime(changed ? now() : thereMs) : (away?.since ?? asTime(thereMs));
      away = { since, at: asTime(now()), type: failure.type, last: failure.message };
    },
    noteThere() {
      away = undefined;
      thereMs = now();
    },
    noteMoved(moved) {
      bytes = (bytes ?? 0) + moved;
      thereMs = now();
    },
    beat: () => ({
      startedAt: asTime(startedMs),
      ...(away !== undefined && (bytes === undefined || Date.parse(away.at) >= thereMs) && { away }),
      ...(bytes !== undefined && { bytes }),
    }),
  };
};

/** Less is what was on its way already. */
const movesForMs = 120_000;
/** What a stream brought may be wrong each time it is read: only a connection that breaks is an outage. */
const isOutage = ({ type }: KnownFailure): boolean => /Unreachable|Unavailable|Interrupted|Stalled/.test(type);

/** What this attempt inherits: an outage that goes on, or an attempt that hung until Temporal ended it. */
const awayBefore = (before: StepBeat | undefined, longestMs: number, startedMs: number): StepAway | undefined => {
  if (before === undefined) return undefined;
  const { startedAt, away } = before;
  const ranMs = startedMs - Date.parse(startedAt);
  const sawItsEnd = away !== undefined && Date.parse(away.at) > Date.parse(startedAt);
  if (!sawItsEnd && ranMs >= longestMs - 1_000 && ranMs <= longestMs + longestGapMs) {
    const last = `The attempt before this one did not end within ${describeMs(longestMs)}.`;
    return { since: away?.since ?? startedAt, at: asTime(startedMs), type: 'StepTimedOut', last };
  }
  return away !== undefined && startedMs - Date.parse(away.at) <= longestGapMs ? away : undefined;
};

const asTime = (ms: number): string => new Date(ms).toISOString();

const running = new AsyncLocalStorage<StepRun>();

/** The attempt that this code runs in. */
export const stepRun = (): StepRun | undefined => running.getStore();

/** Counts the bytes of a connection for the running attempt, whose heartbeats report them. */
export const countingBytes = (): { readonly onBytes?: (bytes: number) => void } => {
  const step = stepRun();
  return step === undefined ? {} : { onBytes: (bytes) => step.noteMoved(bytes) };
};

/** Runs a step's code as this attempt. */
export const runAsStep = <T>(run: StepRun, step: () => Promise<T>): Promise<T> => running.run(run, step);

/** Whether a failure passes by itself: what was asked is away, or an edge that starts. */
export const mayPass = (failure: KnownFailure): boolean => failure.retryable || isStranger(failure);
