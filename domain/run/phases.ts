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

/** `rejected` and `expired` are ends of the approval: a person said no, or none said anything in time. */
export type PhaseOutcome = 'passed' | 'failed' | 'cancelled' | 'rejected' | 'expired';

/** How a phase ended, as one character. */
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
  /** The most attempts any activity of the phase needed; 1 when nothing had to be repeated. */
  readonly attempts: number;
  /** How much of it the drill waited for a person; absent if it did not. */
  readonly humanWaitSeconds?: number;
}

/** A phase or a measurement the drill did not do, and why: a report never stays silent about it. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}
