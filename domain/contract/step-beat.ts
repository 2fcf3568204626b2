/** What a running step says of itself with every heartbeat; Temporal hands it to the next attempt, and to whoever looks. */
export interface StepBeat {
  /** ISO 8601: the begin of this attempt. */
  readonly startedAt: string;
  /** What the step waits for; missing while all goes well. */
  readonly away?: StepAway;
  /** Of a stream: how many bytes this attempt has moved. */
  readonly bytes?: number;
  /** Attempts that ended in a way the program does not know. */
  readonly unforeseen?: number;
}

export interface StepAway {
  /** ISO 8601: since when there has been no other answer. */
  readonly since: string;
  /** ISO 8601: the last such answer. */
  readonly at: string;
  /** Type and sentence of the last answer. */
  readonly type: string;
  readonly last: string;
}

/** A beat as it comes back from Temporal: of this program's version, or of any other. */
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
