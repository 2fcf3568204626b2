import type { DrillPlan } from '../../domain/plan/plan.js';
import { type Canary, createCanary } from './canary.js';
import type { RunRecord } from './record.js';
import type { Steps } from './steps.js';
import { createUndoStack, type Undoings, type UndoStack } from './undo-stack.js';

/** The tools of every phase, whatever the runbook. */
export interface Run {
  readonly drillId: string;
  readonly plan: DrillPlan;
  readonly record: RunRecord;
  readonly steps: Steps;
  readonly canary: Canary;
  readonly undo: UndoStack;
}

export const openRun = (
  { plan, record, steps }: Pick<Run, 'plan' | 'record' | 'steps'>,
  undoings: Undoings<Run>,
): Run => {
  const run: Run = {
    drillId: record.drillId,
    plan,
    record,
    steps,
    canary: createCanary(record, steps),
    undo: createUndoStack((what) => undoings[what](run)),
  };
  return run;
};
