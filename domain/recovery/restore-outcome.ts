/**
 * Interprets one look at the target after a restore. OpenBao's 204 only means that it has the upload: the target's cluster id
 * alone shows whether the snapshot was applied.
 */
export interface TargetGlimpse {
  /** HTTP status of `sys/health`; undefined if the target did not answer. */
  readonly status: number | undefined;
  readonly sealed: boolean | undefined;
  readonly clusterId: string | undefined;
}

/**
 * `applied`: the target serves the source's data. `not-active`: it has the source's data and does not become active, so it
 * serves no client. `sealed`: it cannot show whose data it has. `unchanged`: it goes on with its own data. `away`: it does not
 * answer. `unknown`: it showed none of these in time.
 */
export type RestoreOutcome = 'applied' | 'not-active' | 'sealed' | 'unchanged' | 'away' | 'unknown';

export interface RestoreExpectation {
  readonly sourceClusterId: string;
  readonly previousClusterId: string;
}

/** `unsettled`: the outcome is not clear yet; look again. */
export type RestoreSign = Exclude<RestoreOutcome, 'unknown'> | 'unsettled';

export const readGlimpse = (
  { status, sealed, clusterId }: TargetGlimpse,
  { sourceClusterId, previousClusterId }: RestoreExpectation,
): RestoreSign => {
  if (status === undefined) return 'away';
  if (sealed === true || (status === 503 && sealed === undefined)) return 'sealed';
  if (clusterId === sourceClusterId) return status === 200 ? 'applied' : 'not-active';
  // A standby with its own data took nothing either.
  if (clusterId === previousClusterId && (status === 200 || status === 429)) return 'unchanged';
  return 'unsettled';
};

/**
 * How long a target must show one and the same answer before it is believed. It shows the old id for half a second. A target
 * that seals itself over an unusable audit device reports for a moment that it is active, with the source's id. A node that is
 * about to become active is a standby for some seconds, and after a change of leaders for longer.
 */
export const settleSeconds: Readonly<Record<Exclude<RestoreSign, 'unsettled'>, number>> = {
  applied: 1,
  'not-active': 30,
  sealed: 2,
  unchanged: 30,
  away: 30,
};
