import { CancellationScope, rootCause } from '@temporalio/workflow';

/** What may have to be undone when a run ends. A failure in the report is called by this name. */
export type UndoName =
  'lane taken down' | 'client stopped' | 'clients accounted for' | 'source recovered' | 'clients moved back';

/** How each is undone, from nothing but the run. */
export type Undoings<Run> = Readonly<Record<UndoName, (run: Run) => Promise<void>>>;

export interface UndoStack {
  /** Registers an undo BEFORE its step is tried: a step that timed out may have taken effect all the same. */
  register(what: UndoName): void;
  /** Takes back a registration: its step is meant to stay. */
  keep(what: UndoName): void;
  /** Undoes one thing before anything else is done, if it is registered; {@link unwind} answers what went wrong with it. */
  undoFirst(what: UndoName): Promise<void>;
  /** Runs every undo, last first, whatever becomes of the others and even when the run was cancelled. */
  unwind(): Promise<readonly string[]>;
}

/** What has to be undone when a run ends, however it ends. {@link UndoStack.unwind} answers what could not be undone. */
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
