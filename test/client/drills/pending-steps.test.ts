import { describe, expect, it } from 'vitest';
import { type DescribedRun, pendingSteps } from '../../../client/drills/pending-steps.js';

const now = Date.UTC(2026, 0, 1, 12);
type Raw = NonNullable<DescribedRun['raw']['pendingActivities']>[number];
const pending = (raw: Raw) => pendingSteps({ raw: { pendingActivities: [raw] } }, now)[0];
const time = (ms: number) => ({ seconds: { toString: () => String(Math.floor(ms / 1000)) }, nanos: (ms % 1000) * 1e6 });
const beat = (value: unknown) => ({ payloads: [{ data: Buffer.from(JSON.stringify(value)) }] });

describe('the steps that are under way', () => {
  it('are none where nothing is', () => {
    expect(pendingSteps({ raw: {} })).toEqual([]);
  });

  it('say which attempt runs, and no failure while all goes well', () => {
    expect(
      pending({
        activityType: { name: 'takeSnapshot' },
        attempt: 1,
        heartbeatDetails: beat({ startedAt: new Date(now), bytes: 5 }),
      }),
    ).toEqual({ step: 'takeSnapshot', attempt: 1, bytes: 5 });
  });

  it('say how far a stream is, and no longer what the attempt before it failed of', () => {
    const raw = {
      activityType: { name: 'takeSnapshot' },
      attempt: 2,
      lastFailure: { message: 'x', applicationFailureInfo: { type: 'SnapshotStalled' } },
      heartbeatDetails: beat({ startedAt: new Date(now), bytes: 5 }),
    };
    expect(pending({ ...raw, scheduledTime: time(now - 1) })).toEqual({ step: 'takeSnapshot', attempt: 2, bytes: 5 });
    expect(pending({ ...raw, scheduledTime: time(now + 500) })).toMatchObject({
      lastFailure: { type: 'SnapshotStalled' },
    });
  });

  it('say what they wait for, since when, and when the next attempt begins', () => {
    const since = '2026-01-01T11:50:00.000Z';
    const away = { since, at: since, type: 'OpenBaoUnreachable', last: 'OpenBao could not be reached' };
    expect(
      pending({
        activityType: { name: 'verifyTarget' },
        attempt: 12,
        lastFailure: { message: 'an older one', applicationFailureInfo: { type: 'OpenBaoUnavailable' } },
        heartbeatDetails: beat({ startedAt: since, away }),
        scheduledTime: time(now + 8_500),
      }),
    ).toEqual({
      step: 'verifyTarget',
      attempt: 12,
      since,
      lastFailure: { type: 'OpenBaoUnreachable', message: 'OpenBao could not be reached' },
      nextAttemptAt: '2026-01-01T12:00:08.500Z',
    });
  });

  it.each([
    ['a worker that died', { message: 'activity Heartbeat timeout', timeoutFailureInfo: {} }, 'WorkerLost'],
    [
      'a worker that was stopped',
      { message: 'x', applicationFailureInfo: { type: 'WorkerShutdown' } },
      'WorkerStopped',
    ],
    ['a failure', { message: 'Busy', applicationFailureInfo: { type: 'LockHeld' } }, 'LockHeld'],
  ])('tell %s', (_, lastFailure, type) => {
    expect(pending({ activityType: { name: 'seedPair' }, attempt: 2, lastFailure })).toMatchObject({
      lastFailure: { type },
    });
  });

  it('take heartbeats of other programs for none', () => {
    const garbage = { payloads: [{ data: Buffer.from('\u0000') }] };
    expect(pending({ activityType: { name: 'seedPair' }, attempt: 1, heartbeatDetails: garbage })).toEqual({
      step: 'seedPair',
      attempt: 1,
    });
  });
});
