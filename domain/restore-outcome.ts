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

export type RestoreOutcome = 'applied' | 'sealed' | 'unchanged' | 'unknown';

export interface RestoreExpectation {
  readonly sourceClusterId: string;
  readonly previousClusterId: string;
}

/** `unsettled`: cannot be told yet; look again. */
export const readGlimpse = (
  { status, sealed, clusterId }: TargetGlimpse,
  { sourceClusterId, previousClusterId }: RestoreExpectation,
): 'applied' | 'sealed' | 'unchanged' | 'unsettled' => {
  if (sealed === true || status === 503) return 'sealed';
  if (status !== 200) return 'unsettled';
  if (clusterId === sourceClusterId) return 'applied';
  if (clusterId === previousClusterId) return 'unchanged';
  return 'unsettled';
};

/** How long a target must show one and the same answer before it is believed; it shows the old id for half a second. */
export const settleSeconds = { applied: 0, sealed: 2, unchanged: 30 } as const;
