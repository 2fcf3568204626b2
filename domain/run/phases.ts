/** Every phase a drill can have, in order. Names are stable: reports, search attributes and the UI show them. */
export const phaseNames = [
  'provision',
  'preflight',
  'seed',
  'backup',
  'inspect',
  'seal-proof',
  'disaster',
  'restore',
  'unseal',
  'verify',
  'approval',
  'cutover',
  'confirm',
  'revert',
  'teardown',
] as const;

export type PhaseName = (typeof phaseNames)[number];

/** `rejected` and `expired` end the approval: a person said no, or no person decided in time. */
export type PhaseOutcome = 'passed' | 'failed' | 'cancelled' | 'rejected' | 'expired';

/** A phase's outcome as one character. */
export const phaseMarks: Readonly<Record<PhaseOutcome, string>> = {
  passed: '✔',
  failed: '✘',
  cancelled: '⊘',
  rejected: '⊘',
  expired: '⊘',
};

export interface PhaseRecord {
  readonly name: PhaseName;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Absent while the phase runs. */
  readonly endedAt?: string;
  readonly outcome?: PhaseOutcome;
  /** The most attempts that an activity of the phase needed; 1 if no activity was repeated. */
  readonly attempts: number;
  /** The part of the phase in which the drill waited for a person; absent if it did not wait. */
  readonly humanWaitSeconds?: number;
}

/** A phase or a measurement that the drill left out, and why: a report never stays silent about it. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}
