import { CancellationScope, rootCause } from '@temporalio/workflow';

/** The names of the undos, under which the report lists failures. */
export type UndoName =
  'lane taken down' | 'client stopped' | 'clients accounted for' | 'source recovered' | 'clients moved back';

/** The undo of each name, which needs nothing but the run. */
export type Undoings<Run> = Readonly<Record<UndoName, (run: Run) => Promise<void>>>;

export interface UndoStack {
  /** Registers an undo BEFORE its step is tried: a step that timed out may still have taken effect. */
  register(what: UndoName): void;
  /** Takes back a registration, because the step's effect is meant to stay. */
  keep(what: UndoName): void;
  /** Runs one undo first, if it is registered; {@link unwind} returns its failure. */
  undoFirst(what: UndoName): Promise<void>;
  /** Runs every undo, last first, even if others fail and even if the run was cancelled. */
  unwind(): Promise<readonly string[]>;
}

/** Keeps the undos of a run, however it ends. {@link UndoStack.unwind} returns the failures. */
export const createUndoStack = (undo: (what: UndoName) => Promise<void>): UndoStack => {
  const registered: UndoName[] = [];
  const failures: string[] = [];
  const take = (what: UndoName): boolean => {
    const at = registered.indexOf(what);
    if (at !== -1) registered.splice(at, 1);
    return at !== -1;
  };
  const attempt = async (what: UndoName): Promise<void> => {
    try {
      await undo(what);
    } catch (error) {
      failures.push(`${what}: ${rootCause(error) ?? String(error)}`);
    }
  };
  return {
    register(what) {
      registered.push(what);
    },
    keep(what) {
      take(what);
    },
    async undoFirst(what) {
      if (take(what)) await CancellationScope.nonCancellable(() => attempt(what));
    },
    unwind: () =>
      CancellationScope.nonCancellable(async () => {
        for (const what of registered.splice(0).reverse()) await attempt(what);
        return failures;
      }),
  };
};
