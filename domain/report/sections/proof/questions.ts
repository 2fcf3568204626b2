/** The five questions that an auditor asks about a drill, and each check's answer to one of them in plain words. */
import type { CheckName } from '../../../run/checks.js';
import type { PhaseName } from '../../../run/phases.js';

/** In the order in which they are asked. */
export const questions = {
  pair: 'Do source and target belong together?',
  backup: 'Is the backup good?',
  restored: 'Was it restored whole?',
  clients: 'Were clients safe?',
  objectives: 'Was it within its objectives?',
} as const;

/** The phase that makes the last check of a question and so completes its answer. */
export const answeredBy: Readonly<Record<Question, PhaseName>> = {
  pair: 'preflight',
  backup: 'seal-proof',
  restored: 'verify',
  clients: 'revert',
  objectives: 'confirm',
};

export type Question = keyof typeof questions;

export interface TitledCheck {
  readonly question: Question;
  /** The fact that a passed check shows. */
  readonly title: string;
  /** True for a negative control: it passes only if something is refused, and so shows that other checks can fail. */
  readonly control?: true;
}

const pair = (title: string): TitledCheck => ({ question: 'pair', title });
const backup = (title: string): TitledCheck => ({ question: 'backup', title });
const restored = (title: string): TitledCheck => ({ question: 'restored', title });
const clients = (title: string): TitledCheck => ({ question: 'clients', title });
const objectives = (title: string): TitledCheck => ({ question: 'objectives', title });
const control = (titled: TitledCheck): TitledCheck => ({ ...titled, control: true });

export const titledChecks: Readonly<Record<CheckName, TitledCheck>> = {
  'same-openbao-version': pair('Both sides run the same OpenBao version'),
  'same-seal': pair('Both sides are sealed by the same key'),
  'storage-reachable-from-source': pair('The source reaches the bucket'),
  'storage-reachable-from-target': pair('The target reaches the bucket'),
  'target-ready-with-restore-auth': pair('The target is ready, and the restore identity may restore'),
  'target-is-independent': pair('The target is a cluster of its own'),
  'raft-storage': pair('Both sides store their data in Raft'),
  'audit-devices-equal': pair('Both sides have the same audit devices'),
  'source-seal-usable': pair('The source can use its seal key'),
  'target-seal-usable': pair('The target can use its seal key'),
  'target-isolated': pair('The target is cut off while it restores'),
  'kubernetes-access': pair('The worker has the Kubernetes rights it needs'),
  'operator-ready': pair('The operators are ready'),
  'operator-backup-status': backup('The operator reports the backup as done'),
  'recovery-point-fresh': backup('The newest backup is as young as it has to be'),
  'archive-integrity': backup('The backup is whole: its size, digests and checksums hold'),
  'seal-proof': backup("The target's seal key opens the backup"),
  'flipped-byte-refused': control(backup('A copy with one flipped bit is refused')),
  'other-key-refused': control(backup('Another key does not open the backup')),
  'source-lost': restored('The source was really gone'),
  'cluster-id-matches-source': restored("The target has become the source's cluster"),
  'source-password-accepted': restored("The target accepts the source's password"),
  'marker-is-source': restored("The target holds the source's marker"),
  'openbao-version-unchanged': restored('The target still runs the same OpenBao version'),
  'mounts-alive': restored('Every mount of the target is served'),
  'namespaces-unsealed': restored('Every namespace of the target is unsealed'),
  'store-equality': restored('The stores are equal, entry by entry'),
  'operator-trust-repaired': restored("The target's operator can log in again"),
  'controls-effective': control(restored("Before the restore, each side refuses the other side's password")),
  'target-password-refused': control(restored('The target refuses its own old password')),
  'source-operator-refused': control(restored("The target refuses the source's operator")),
  'cutover-possible': clients('The way to move clients was there beforehand'),
  'cutover-only-after-verification': clients('Clients were moved only after proof and approval'),
  'source-fenced': clients('The side that clients left takes no more writes'),
  'client-reaches-target': clients('Clients reach the target'),
  'no-write-after-fence': clients('No write was acknowledged after the fence'),
  'client-back-at-source': clients('Clients are back at the source'),
  'rpo-objective': objectives('The achieved RPO is within its objective'),
  'rto-objective': objectives('The achieved RTO is within its objective'),
};
