import { inspect } from 'node:util';
import { ApplicationFailure } from '@temporalio/activity';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { asTemporalActivities } from '../../activities/as-temporal-activity.js';
import { KnownFailure } from '../../domain/known-failure.js';

const attempt = 3;

/** Failures are what these tests are about: no need to log them. */
const quiet = () => new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') });

/** Runs a step as the third attempt of an activity. */
const run = async (step: (input: string) => Promise<unknown>, environment = quiet()) =>
  environment.run(asTemporalActivities({ step }).step, 'input');

/** What the step's failure became. */
const failureOf = async (
  step: () => Promise<unknown>,
  environment?: MockActivityEnvironment,
): Promise<ApplicationFailure> => {
  const error: unknown = await run(step, environment).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApplicationFailure);
  return error as ApplicationFailure;
};

it('answers with the result, and the attempt that produced it beside it', async () => {
  expect(await run(async (input) => `${input} seen`)).toEqual({ attempt, result: 'input seen' });
});

it.each([true, false])(
  'keeps type and sentence of a known failure, and whether a retry helps: %s',
  async (retryable) => {
    const known = new KnownFailure('BucketMissing', 'Create it', { retryable, facts: { bucket: 'b', code: 'ENOENT' } });
    const failure = await failureOf(async () => Promise.reject(known));
    expect(failure).toMatchObject({
      type: 'BucketMissing',
      message: 'Create it. The bucket is b.',
      nonRetryable: !retryable,
    });
    expect(failure.details).toEqual([{ attempt, facts: { bucket: 'b', code: 'ENOENT' } }]);
  },
);

it("keeps an unknown error's message to itself, in the failure and in the log", async () => {
  const logged: LogEntry[] = [];
  const logger = new DefaultLogger('DEBUG', (entry) => logged.push(entry));
  const failure = await failureOf(
    async () => Promise.reject(new TypeError('password=hunter2')),
    new MockActivityEnvironment({ attempt }, { logger }),
  );
  expect(failure).toMatchObject({ type: 'Unforeseen', nonRetryable: false });
  expect(failure.message).toContain('The error is TypeError.');
  const entry = logged.find(({ message }) => message.includes('unforeseen'));
  expect(entry?.meta).toMatchObject({ kind: 'TypeError' });
  expect(entry?.meta?.['stack']).toContain('as-temporal-activity.test');
  expect(inspect([failure, logged], { depth: 10 })).not.toContain('hunter2');
});

it('ends as cancelled when it was, whatever the step threw on its way out', async () => {
  const environment = quiet();
  environment.cancel();
  await expect(run(async () => Promise.reject(new Error('aborted')), environment)).rejects.toMatchObject({
    name: 'CancelledFailure',
  });
});

it('costs no heartbeat when it is over at once', async () => {
  const environment = quiet();
  let beats = 0;
  environment.on('heartbeat', () => (beats += 1));
  await run(async () => undefined, environment);
  expect(beats).toBe(0);
});

describe('what may pass by itself', () => {
  const away = new KnownFailure('ObjectStoreUnreachable', 'The object store cannot be reached', { retryable: true });
  const since = new Date(Date.now() - 30_000).toISOString();
  const heartbeatDetails = { startedAt: since, away: { since, at: since, type: away.type, last: away.message } };
  const fail = (patienceSeconds: number, logged: LogEntry[] = [], beats: unknown[] = []) => {
    const logger = new DefaultLogger('WARN', (entry) => logged.push(entry));
    const environment = new MockActivityEnvironment({ attempt, heartbeatDetails, activityType: 'step' }, { logger });
    environment.on('heartbeat', (beat) => beats.push(beat));
    const { step } = asTemporalActivities({ step: async () => Promise.reject(away) });
    return environment.run(step, 'input' as never, { patienceSeconds }).catch((thrown: unknown) => thrown);
  };

  it('is tried again while the step is patient, logged, and handed to the next attempt', async () => {
    const [logged, beats]: [LogEntry[], unknown[]] = [[], []];
    expect(await fail(60, logged, beats)).toMatchObject({ type: away.type, nonRetryable: false });
    expect(logged[0]).toMatchObject({ level: 'WARN', meta: { step: 'step', attempt, type: away.type, since } });
    expect(logged[0]?.message).toContain('The object store cannot be reached');
    expect(beats).toMatchObject([{ away: { since, last: away.message } }]);
  });

  it('is final once the patience is over, and says since when it has been so', async () => {
    expect(await fail(20)).toMatchObject({
      nonRetryable: true,
      message: `${away.message}. It has been so since ${since}, through 3 attempts.`,
    });
  });
});

it('is not repeated for ever when it fails in a way the program does not know', async () => {
  const startedAt = new Date().toISOString();
  const environment = new MockActivityEnvironment(
    { attempt, heartbeatDetails: { startedAt, unforeseen: 2 } },
    { logger: new DefaultLogger('ERROR', () => undefined) },
  );
  expect(await failureOf(async () => Promise.reject(new TypeError()), environment)).toMatchObject({
    type: 'Unforeseen',
    nonRetryable: true,
  });
});
