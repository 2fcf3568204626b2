import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { asSentence, type Facts } from '../domain/facts.js';
import { KnownFailure } from '../domain/known-failure.js';
import {
  describeTooLarge,
  jsonBytes,
  largestPayloadBytes,
  largestResultBytes,
  payloadTooLarge,
} from '../domain/contract/payload-size.js';
import { asStepBeat, type StepBeat } from '../domain/contract/step-beat.js';
import { createKnownSecrets, type KnownSecrets } from '../systems/secrets/known-secrets.js';
import { keepBeating, paceOf } from './patience/beats.js';
import { createStepRun, mayPass, runAsStep, type StepRun } from './patience/step-run.js';

/** The answer of every activity: its result, and the attempt that produced it, which only the activity itself knows. */
export interface Attempted<Result> {
  readonly attempt: number;
  readonly result: Result;
}

/** The facts that a step receives beside its input. */
export interface StepTerms {
  /** How long it may keep trying while a server that it needs is away. */
  readonly patienceSeconds: number;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an activity takes any one input; its own type says which
type Activity = (input: any) => Promise<unknown>;

/** The activities as registered: the same names and inputs, results with their attempt. */
export type Registered<Activities extends Record<string, Activity>> = {
  [Name in keyof Activities]: (
    input: Parameters<Activities[Name]>[0],
    terms?: StepTerms,
  ) => Promise<Attempted<Awaited<ReturnType<Activities[Name]>>>>;
};

/** How many unexpected failures may end attempts of a step: they are mistakes of the program, and a retry seldom helps. */
const mostUnforeseen = 3;

/**
 * Turns plain functions into activities: heartbeats for as long as they run (cancellation arrives with them, and they report
 * what the step waits for), the attempt beside the result, and failures with the stable type, sentence and retryability of a
 * {@link KnownFailure}. A retryable failure is final once the step's patience is over. Any other error is reported by its class
 * alone, because its message may quote command lines or bodies. Results, heartbeats, failures and their log lines hold no
 * secret that the process knows.
 */
export const asTemporalActivities = <Activities extends Record<string, Activity>>(
  activities: Activities,
  secrets: Hiding = createKnownSecrets(),
): Registered<Activities> =>
  Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [name, asTemporalActivity(name, activity, secrets)]),
  ) as Registered<Activities>;

type Hiding = Pick<KnownSecrets, 'hideIn' | 'hideInAll'>;

const asTemporalActivity =
  (name: string, activity: Activity, secrets: Hiding) =>
  async (input: unknown, terms?: StepTerms): Promise<Attempted<unknown>> => {
    const context = Context.current();
    const { attempt, startToCloseTimeoutMs } = context.info;
    const before = asStepBeat(context.info.heartbeatDetails);
    const run = createStepRun({
      patienceMs: (terms?.patienceSeconds ?? Infinity) * 1000,
      longestMs: startToCloseTimeoutMs > 0 ? startToCloseTimeoutMs : Infinity,
      before,
    });
    const unforeseen = before?.unforeseen ?? 0;
    const beat = (counted = unforeseen): void =>
      context.heartbeat(
        secrets.hideInAll({ ...run.beat(), ...(counted > 0 && { unforeseen: counted }) }) satisfies StepBeat,
      );
    const stop = keepBeating(() => beat(), paceOf(name));
    try {
      const result = secrets.hideInAll(await runAsStep(run, () => activity(input)));
      assertFits(name, result);
      return { attempt, result };
    } catch (error) {
      if (context.cancellationSignal.aborted) throw new CancelledFailure('cancelled');
      if (error instanceof ApplicationFailure || error instanceof CancelledFailure) throw error;
      const failure =
        error instanceof KnownFailure
          ? knownFailure(
              error,
              { message: secrets.hideIn(error.message), facts: secrets.hideInAll(error.facts) },
              run,
              context,
            )
          : unforeseenFailure(error, unforeseen + 1, context);
      // The last beat goes with the failure, so that the next attempt knows when the trouble began.
      if (failure.nonRetryable !== true) beat(error instanceof KnownFailure ? unforeseen : unforeseen + 1);
      throw failure;
    } finally {
      stop();
    }
  };

/** The report comes back as it was sent, in one payload of its own. */
const limits: Readonly<Record<string, number>> = { writeReport: largestPayloadBytes };

const assertFits = (name: string, result: unknown): void => {
  const limit = limits[name] ?? largestResultBytes;
  const bytes = jsonBytes(result);
  if (bytes > limit) throw new KnownFailure(payloadTooLarge, describeTooLarge(name, bytes, limit));
};

const knownFailure = (
  error: KnownFailure,
  { message, facts }: { readonly message: string; readonly facts: Facts },
  run: StepRun,
  { info, log }: Context,
): ApplicationFailure => {
  const { attempt, activityType: step } = info;
  const passes = mayPass(error);
  if (passes) run.noteAway(error);
  const { since } = run.beat().away ?? {};
  // Retries once in any case, because a step that takes longer than the patience may meet a momentary failure.
  const again = passes && (run.patienceLeftMs() > 0 || attempt === 1);
  const said = { step, attempt, type: error.type, why: message, code: facts['code'], command: facts['command'] };
  if (again) log.warn(`The step ${step} waits out an outage and is tried again: ${message}`, { ...said, since });
  else log.warn(`The step ${step} failed: ${message}`, said);
  return ApplicationFailure.create({
    type: error.type,
    message:
      passes && !again
        ? `${asSentence(shortened(message))} It has been so since ${since}, through ${attempt} attempts.`
        : shortened(message),
    nonRetryable: !again,
    details: [{ attempt, facts }],
  });
};

const unforeseenFailure = (error: unknown, count: number, { info, log }: Context): ApplicationFailure => {
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  log.error('an activity failed in an unforeseen way', { kind, stack: stackOf(error) });
  return ApplicationFailure.create({
    type: 'Unforeseen',
    message: `The step failed in a way the program does not know: look at its stack in the worker's log. The error is ${kind}.`,
    nonRetryable: count >= mostUnforeseen,
    details: [{ attempt: info.attempt }],
  });
};

/** A failure goes into the history, and from there into the report. */
const shortened = (text: string): string =>
  text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}…`;
const longestMessage = 4_000;

/** The stack without the message: its lines begin with "at". */
const stackOf = (error: unknown): string | undefined =>
  error instanceof Error
    ? error.stack
        ?.split('\n')
        .filter((line) => line.trimStart().startsWith('at '))
        .join('\n')
    : undefined;
