import { CancellationScope, rootCause } from '@temporalio/workflow';

export interface UndoStack {
  /** Registers an undo BEFORE its step is tried: a step that timed out may have taken effect all the same. */
  register(what: string, undo: () => Promise<void>): void;
  /** Takes back a registration: its step is meant to stay. */
  keep(what: string): void;
  /** Undoes one thing before anything else is done, if it is registered; {@link unwind} answers what went wrong with it. */
  undoFirst(what: string): Promise<void>;
  /** Runs every undo, last first, whatever becomes of the others and even when the drill was cancelled. */
  unwind(): Promise<readonly string[]>;
}

/** What has to be undone when a drill ends, however it ends. {@link UndoStack.unwind} answers what could not be undone. */
export const createUndoStack = (): UndoStack => {
  const undos: { readonly what: string; readonly undo: () => Promise<void> }[] = [];
  const failures: string[] = [];
  const take = (what: string) => {
    const at = undos.findIndex((entry) => entry.what === what);
    return at === -1 ? undefined : undos.splice(at, 1)[0];
  };
  const run = async ({ what, undo }: (typeof undos)[number]): Promise<void> => {
    try {
      await undo();
    } catch (error) {
      failures.push(`${what}: ${rootCause(error) ?? String(error)}`);
    }
  };
  return {
    register(what, undo) {
      undos.push({ what, undo });
    },
    keep(what) {
      take(what);
    },
    async undoFirst(what) {
      const entry = take(what);
      if (entry !== undefined) await CancellationScope.nonCancellable(() => run(entry));
    },
    unwind: () =>
      CancellationScope.nonCancellable(async () => {
        for (const entry of undos.splice(0).reverse()) await run(entry);
        return failures;
      }),
  };
};
