import { CancellationScope, rootCause } from '@temporalio/workflow';

export interface UndoStack {
  /** Registers an undo BEFORE its step is tried: a step that timed out may have taken effect all the same. */
  register(what: string, undo: () => Promise<void>): void;
  /** Takes back a registration: its step is meant to stay. */
  keep(what: string): void;
  /** Runs every undo, last first, whatever becomes of the others and even when the drill was cancelled. */
  unwind(): Promise<readonly string[]>;
}

/** What has to be undone when a drill ends, however it ends. {@link UndoStack.unwind} answers what could not be undone. */
export const createUndoStack = (): UndoStack => {
  const undos: { readonly what: string; readonly undo: () => Promise<void> }[] = [];
  return {
    register(what, undo) {
      undos.push({ what, undo });
    },
    keep(what) {
      const at = undos.findIndex((entry) => entry.what === what);
      if (at !== -1) undos.splice(at, 1);
    },
    unwind: () =>
      CancellationScope.nonCancellable(async () => {
        const failures: string[] = [];
        for (const { what, undo } of undos.reverse()) {
          try {
            await undo();
          } catch (error) {
            failures.push(`${what}: ${rootCause(error) ?? String(error)}`);
          }
        }
        return failures;
      }),
  };
};
