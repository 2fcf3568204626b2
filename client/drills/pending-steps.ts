/** Reads from Temporal what an open run waits for, without a worker and without spending an action. */
import { asStepBeat } from '../../domain/contract/step-beat.js';

/** A step that has begun and is not over. */
export interface PendingStep {
  readonly step: string;
  /** The running attempt, or the next; 1 is the first. */
  readonly attempt: number;
  /** The last attempt's failure, or this one's outage; missing while it works. */
  readonly lastFailure?: StepFailure;
  /** ISO 8601: the start of the outage, if the step has reported it. */
  readonly since?: string;
  /** ISO 8601; missing while an attempt runs. */
  readonly nextAttemptAt?: string;
  /** The bytes that a stream has moved in this attempt. */
  readonly bytes?: number;
}

export interface StepFailure {
  readonly type: string;
  readonly message: string;
}

interface Time {
  /** A 64-bit number in a class of its own, which can print itself. */
  readonly seconds?: number | { toString(): string } | null;
  readonly nanos?: number | null;
}

interface RawFailure {
  readonly message?: string | null;
  readonly applicationFailureInfo?: { readonly type?: string | null } | null;
  readonly timeoutFailureInfo?: object | null;
  readonly cause?: RawFailure | null;
}

/** The part of `WorkflowHandle.describe()` that this reads. */
export interface DescribedRun {
  readonly raw: {
    readonly pendingActivities?:
      | readonly {
          readonly activityType?: { readonly name?: string | null } | null;
          readonly attempt?: number | null;
          readonly lastFailure?: RawFailure | null;
          readonly heartbeatDetails?: {
            readonly payloads?: readonly { readonly data?: Uint8Array | null }[] | null;
          } | null;
          readonly scheduledTime?: Time | null;
        }[]
      | null;
  };
}

/** Every running step. A waiting one has a {@link PendingStep.lastFailure}. */
export const pendingSteps = ({ raw }: DescribedRun, now = Date.now()): readonly PendingStep[] =>
  (raw.pendingActivities ?? []).map(({ activityType, attempt, lastFailure, heartbeatDetails, scheduledTime }) => {
    const beat = asStepBeat(firstJson(heartbeatDetails?.payloads?.[0]?.data));
    // A retry is scheduled for its earliest start; a running attempt was scheduled before now.
    const scheduledMs = millisecondsOf(scheduledTime);
    const nextMs = scheduledMs !== undefined && scheduledMs > now ? scheduledMs : undefined;
    // An attempt whose bytes move no longer waits out the previous attempt's failure.
    const moves = beat?.bytes !== undefined && nextMs === undefined;
    const last = moves ? undefined : failureOf(lastFailure);
    const failure = beat?.away === undefined ? last : { type: beat.away.type, message: beat.away.last };
    return {
      step: activityType?.name ?? 'unknown',
      attempt: attempt ?? 1,
      ...(failure !== undefined && { lastFailure: failure }),
      ...(beat?.away !== undefined && { since: beat.away.since }),
      ...(nextMs !== undefined && { nextAttemptAt: new Date(nextMs).toISOString() }),
      ...(beat?.bytes !== undefined && { bytes: beat.bytes }),
    };
  });

/** Whether a step waits instead of working. */
export const waits = ({ lastFailure }: PendingStep): boolean => lastFailure !== undefined;

const failureOf = (failure: RawFailure | null | undefined): StepFailure | undefined => {
  if (failure === null || failure === undefined) return undefined;
  const type = failure.applicationFailureInfo?.type;
  if (type !== null && type !== undefined && type !== '' && type !== 'WorkerShutdown') {
    return { type, message: failure.message ?? '' };
  }
  return failure.timeoutFailureInfo !== null && failure.timeoutFailureInfo !== undefined
    ? { type: 'WorkerLost', message: 'The worker that ran it no longer answers.' }
    : { type: 'WorkerStopped', message: 'The worker that ran it was stopped.' };
};

const millisecondsOf = (time: Time | null | undefined): number | undefined =>
  time?.seconds === undefined || time.seconds === null
    ? undefined
    : Number(time.seconds.toString()) * 1000 + (time.nanos ?? 0) / 1e6;

const firstJson = (data: Uint8Array | null | undefined): unknown => {
  if (data === null || data === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(data).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
};
