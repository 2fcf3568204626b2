import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { KnownFailure } from '../domain/known-failure.js';
import {
  describeTooLarge,
  jsonBytes,
  largestPayloadBytes,
  largestResultBytes,
  payloadTooLarge,
} from '../domain/payload-size.js';

/** What every activity answers: its result, and the attempt that produced it, which only the activity itself can see. */
export interface Attempted<Result> {
  readonly attempt: number;
  readonly result: Result;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an activity takes any one input; its own type says which
type Activity = (input: any) => Promise<unknown>;

/** The activities as registered: the same names and inputs, results with their attempt. */
export type Registered<Activities extends Record<string, Activity>> = {
  [Name in keyof Activities]: (
    input: Parameters<Activities[Name]>[0],
  ) => Promise<Attempted<Awaited<ReturnType<Activities[Name]>>>>;
};

const heartbeatEveryMs = 2_000;

/**
 * Makes plain functions into activities: a heartbeat for as long as they run (cancellation arrives with it), the attempt
 * beside the result, and failures with the stable type, sentence and retryability of a {@link KnownFailure}. Anything
 * else is reported by its class alone: messages of unknown errors may quote command lines or bodies.
 */
export const asTemporalActivities = <Activities extends Record<string, Activity>>(
  activities: Activities,
): Registered<Activities> =>
  Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [name, asTemporalActivity(name, activity)]),
  ) as Registered<Activities>;

const asTemporalActivity =
  (name: string, activity: Activity): Activity =>
  async (input: unknown) => {
    const context = Context.current();
    context.heartbeat();
    const beat = setInterval(() => context.heartbeat(), heartbeatEveryMs);
    try {
      const result = await activity(input);
      assertFits(name, result);
      return { attempt: context.info.attempt, result };
    } catch (error) {
      throw toFailure(error, context);
    } finally {
      clearInterval(beat);
    }
  };

/** The report comes back as it was sent, in one payload of its own. */
const limits: Readonly<Record<string, number>> = { writeReport: largestPayloadBytes };

const assertFits = (name: string, result: unknown): void => {
  const limit = limits[name] ?? largestResultBytes;
  const bytes = jsonBytes(result);
  if (bytes > limit) throw new KnownFailure(payloadTooLarge, describeTooLarge(name, bytes, limit));
};

const toFailure = (error: unknown, context: Context): unknown => {
  if (context.cancellationSignal.aborted) return new CancelledFailure('cancelled');
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof KnownFailure) {
    return ApplicationFailure.create({
      type: error.type,
      message: shortened(error.message),
      nonRetryable: !error.retryable,
      details: [{ attempt: context.info.attempt }],
    });
  }
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  context.log.error('an activity failed in an unforeseen way', { kind, stack: stackOf(error) });
  return ApplicationFailure.create({
    type: 'Unforeseen',
    message: `The step failed in a way the program does not know; the worker's log has its stack [error=${kind}]`,
    details: [{ attempt: context.info.attempt }],
  });
};

/** A failure goes into the history, and from there into the report. */
const shortened = (text: string): string =>
  text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}…`;
const longestMessage = 4_000;

/** Where it happened, without the message: its lines begin with "at". */
const stackOf = (error: unknown): string | undefined =>
  error instanceof Error
    ? error.stack
        ?.split('\n')
        .filter((line) => line.trimStart().startsWith('at '))
        .join('\n')
    : undefined;
