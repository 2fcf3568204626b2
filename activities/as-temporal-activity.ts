import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { KnownFailure } from '../domain/known-failure.js';

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
    Object.entries(activities).map(([name, activity]) => [name, asTemporalActivity(activity)]),
  ) as Registered<Activities>;

const asTemporalActivity =
  (activity: Activity): Activity =>
  async (input: unknown) => {
    const context = Context.current();
    context.heartbeat();
    const beat = setInterval(() => context.heartbeat(), heartbeatEveryMs);
    try {
      return { attempt: context.info.attempt, result: await activity(input) };
    } catch (error) {
      throw toFailure(error, context);
    } finally {
      clearInterval(beat);
    }
  };

const toFailure = (error: unknown, context: Context): unknown => {
  if (context.cancellationSignal.aborted) return new CancelledFailure('cancelled');
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof KnownFailure) {
    return ApplicationFailure.create({
      type: error.type,
      message: error.message,
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

/** Where it happened, without the message: its lines begin with "at". */
const stackOf = (error: unknown): string | undefined =>
  error instanceof Error
    ? error.stack
        ?.split('\n')
        .filter((line) => line.trimStart().startsWith('at '))
        .join('\n')
    : undefined;
