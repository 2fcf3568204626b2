/**
 * What one look at the target after a restore means. OpenBao's 204 only says that it has the upload: whether the snapshot
 * was applied shows in the target's cluster id, and nowhere else.
 */
export interface TargetGlimpse {
  /** HTTP status of `sys/health`; undefined when nothing answered. */
  readonly status: number | undefined;
  readonly sealed: boolean | undefined;
  readonly clusterId: string | undefined;
}

/**
 * `applied`: it serves the source's data. `not-active`: it has the source's data, and does not become active: nobody is served.
 * `sealed`: it cannot say whose data it has. `unchanged`: it goes on with its own. `away`: nothing answers for it. `unknown`:
 * nothing of this showed in time.
 */
export type RestoreOutcome = 'applied' | 'not-active' | 'sealed' | 'unchanged' | 'away' | 'unknown';

export interface RestoreExpectation {
  readonly sourceClusterId: string;
  readonly previousClusterId: string;
}

/** `unsettled`: cannot be told yet; look again. */
export type RestoreSign = Exclude<RestoreOutcome, 'unknown'> | 'unsettled';

export const readGlimpse = (
  { status, sealed, clusterId }: TargetGlimpse,
  { sourceClusterId, previousClusterId }: RestoreExpectation,
): RestoreSign => {
  if (status === undefined) return 'away';
  if (sealed === true || (status === 503 && sealed === undefined)) return 'sealed';
  if (clusterId === sourceClusterId) return status === 200 ? 'applied' : 'not-active';
  // A standby with its own data is one that took nothing, too.
  if (clusterId === previousClusterId && (status === 200 || status === 429)) return 'unchanged';
  return 'unsettled';
};

/**
 * How long a target must show one and the same answer before it is believed. It shows the old id for half a second; one that
 * seals itself over an audit device that it cannot take says for a moment that it is active, with the source's id; a node
 * that is about to become active is a standby for some seconds, after a change of leaders for some more.
 */
export const settleSeconds: Readonly<Record<Exclude<RestoreSign, 'unsettled'>, number>> = {
  applied: 1,
  'not-active': 30,
  sealed: 2,
  unchanged: 30,
  away: 30,
};
