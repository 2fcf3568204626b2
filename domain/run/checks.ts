import type { PhaseName } from './phases.js';

/** Names of the checks a drill makes. They are part of the public contract: add, never rename. */
export const checkNames = [
  'same-openbao-version',
  'same-seal',
  'storage-reachable-from-source',
  'storage-reachable-from-target',
  'target-ready-with-restore-auth',
  'target-is-independent',
  'raft-storage',
  'audit-devices-equal',
  'source-seal-usable',
  'target-seal-usable',
  'target-isolated',
  'cutover-possible',
  'kubernetes-access',
  'operator-ready',
  'controls-effective',
  'operator-backup-status',
  'recovery-point-fresh',
  'archive-integrity',
  'flipped-byte-refused',
  'seal-proof',
  'other-key-refused',
  'source-lost',
  'cluster-id-matches-source',
  'target-password-refused',
  'source-password-accepted',
  'marker-is-source',
  'openbao-version-unchanged',
  'mounts-alive',
  'namespaces-unsealed',
  'store-equality',
  'operator-trust-repaired',
  'source-operator-refused',
  'rpo-objective',
  'cutover-only-after-verification',
  'source-fenced',
  'client-reaches-target',
  'no-write-after-fence',
  'rto-objective',
  'client-back-at-source',
] as const;

export type CheckName = (typeof checkNames)[number];

/** One claim of a drill, with the expectation and the observation. Neither may hold a secret. */
export interface Check {
  readonly name: CheckName;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly expected: string;
  readonly observed: string;
  /** Why it was skipped. */
  readonly reason?: string;
}

/** Builds a check that passes if the observation meets the expectation. */
export const check = (name: CheckName, passed: boolean, expected: string, observed: string): Check => ({
  name,
  outcome: passed ? 'passed' : 'failed',
  expected,
  observed,
});

/** A check that could not be made, with the reason. Its observation holds what was still seen. */
export const skippedCheck = (name: CheckName, expected: string, observed: string, reason: string): Check => ({
  name,
  outcome: 'skipped',
  expected,
  observed,
  reason,
});

export const failedChecks = (checks: readonly Check[]): readonly Check[] =>
  checks.filter(({ outcome }) => outcome === 'failed');

const rank: Readonly<Record<Check['outcome'], number>> = { failed: 0, skipped: 1, passed: 2 };

/** Sorts checks by urgency: failed ones first, then those that were not made. */
export const worstFirst = (checks: readonly Check[]): readonly Check[] =>
  [...checks].sort((a, b) => rank[a.outcome] - rank[b.outcome]);

/** A check's outcome as one character. */
export const checkMarks: Readonly<Record<Check['outcome'], string>> = { failed: '✘', skipped: '–', passed: '✔' };

/** One sentence to act on, without its full stop: which checks failed, where, what was expected, what was observed. */
export const describeFailedChecks = (checks: readonly Check[], phase?: PhaseName): string => {
  const failed = failedChecks(checks);
  const where = phase === undefined ? '' : ` in phase ${phase}`;
  const [only] = failed;
  if (failed.length === 1 && only !== undefined) {
    return `The check ${only.name} failed${where}: expected ${only.expected}, observed ${only.observed}`;
  }
  const each = failed.map(({ name, expected, observed }) => `${name}: expected ${expected}, observed ${observed}`);
  return `${failed.length} checks failed${where}: ${each.join('; ')}`;
};

/** The longest text of a check, in characters: all checks of a drill go through Temporal together. */
const longestText = 4_000;

export const shortenText = (text: string): string =>
  text.length <= longestText ? text : `${text.slice(0, longestText - 1)}…`;

/** Shortens a check's texts so that a report can hold any answer of a server. */
export const shortenCheck = (made: Check): Check => ({
  ...made,
  expected: shortenText(made.expected),
  observed: shortenText(made.observed),
  ...(made.reason === undefined ? {} : { reason: shortenText(made.reason) }),
});
