/**
 * One attempt of a step, and its patience: the heartbeats keep the start of an outage over all attempts. Code inside a step
 * asks {@link stepRun}; outside a step, as in a test of one function, there is none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { KnownFailure } from '../../domain/known-failure.js';
import type { StepAway, StepBeat } from '../../domain/contract/step-beat.js';
import { describeMs } from '../../domain/units.js';

export interface StepRun {
  /** How long one attempt may take, in milliseconds. */
  readonly longestMs: number;
  /** The remaining patience if the last outage goes on, in milliseconds; 0 if it is over. */
  patienceLeftMs(): number;
  /** A server that the step needs did not answer, or answered that it cannot serve. */
  noteAway(failure: KnownFailure): void;
  /** The servers that the step needs have answered. */
  noteThere(): void;
  /** A stream has moved. */
  noteMoved(bytes: number): void;
  /** The content of the next heartbeat. */
  beat(): StepBeat;
}

export interface StepRunOptions {
  readonly patienceMs: number;
  readonly longestMs: number;
  /** The last heartbeat of the previous attempt. */
  readonly before?: StepBeat | undefined;
  /** Milliseconds since the epoch. Default: the clock's. */
  readonly now?: () => number;
}

/** An edge that has just started shows its own certificate until it has read its routes; a wrong certificate stays. */
const strangerForMs = 15_000;
const isStranger = ({ type }: { readonly type: string }): boolean => type === 'OpenBaoCertificateRefused';

/** Attempts follow each other within 10 s: a longer gap means that no worker ran. */
const longestGapMs = 45_000;

export const createStepRun = ({ patienceMs, longestMs, before, now = Date.now }: StepRunOptions): StepRun => {
  const startedMs = now();
  let away = awayBefore(before, longestMs, startedMs);
  /** The first question may have hung from the start. */
  let thereMs = startedMs;
  let bytes: number | undefined;

  /** A stream that moved for long and then breaks has met a new outage. */
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

/** Fewer bytes were already on their way. */
const movesForMs = 120_000;
/** A stream's content may be wrong on every read: only a broken connection is an outage. */
const isOutage = ({ type }: KnownFailure): boolean => /Unreachable|Unavailable|Interrupted|Stalled/.test(type);

/** The previous attempt's outage that goes on, or its hang until Temporal ended it. */
const awayBefore = (before: StepBeat | undefined, longestMs: number, startedMs: number): StepAway | undefined => {
  if (before === undefined) return undefined;
  const { startedAt, away } = before;
  const ranMs = startedMs - Date.parse(startedAt);
  const sawItsEnd = away !== undefined && Date.parse(away.at) > Date.parse(startedAt);
  if (!sawItsEnd && ranMs >= longestMs - 1_000 && ranMs <= longestMs + longestGapMs) {
    const last = `The previous attempt did not end within ${describeMs(longestMs)}.`;
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

/** Whether a failure is transient: the server is away, or its edge is starting. */
export const mayPass = (failure: KnownFailure): boolean => failure.retryable || isStranger(failure);
