/**
 * The report of a running step with every heartbeat; Temporal hands it to the next attempt and to clients that describe the
 * run.
 */
export interface StepBeat {
  /** ISO 8601: the start of this attempt. */
  readonly startedAt: string;
  /** The outage that the step waits out; missing while all goes well. */
  readonly away?: StepAway;
  /** The number of bytes that a stream has moved in this attempt. */
  readonly bytes?: number;
  /** The number of attempts that ended in an unexpected way. */
  readonly unforeseen?: number;
}

export interface StepAway {
  /** ISO 8601: the first such answer without another one since. */
  readonly since: string;
  /** ISO 8601: the last such answer. */
  readonly at: string;
  /** Type and sentence of the last answer. */
  readonly type: string;
  readonly last: string;
}

/** Reads a beat as Temporal returns it: it may come from another version of this program. */
export const asStepBeat = (value: unknown): StepBeat | undefined => {
  const beat = value as Partial<StepBeat> | null | undefined;
  if (typeof beat !== 'object' || beat === null || !isTime(beat.startedAt)) return undefined;
  const { startedAt, away, bytes, unforeseen } = beat;
  const known = away !== undefined && isTime(away.since) && isTime(away.at) && isText(away.type) && isText(away.last);
  return {
    startedAt,
    ...(known && { away }),
    ...(typeof bytes === 'number' && { bytes }),
    ...(typeof unforeseen === 'number' && { unforeseen }),
  };
};

const isText = (value: unknown): value is string => typeof value === 'string';
const isTime = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value));
