/** Handles Ctrl-C: once, stop in good order; twice, leave at once. */
export interface Interruption {
  /** Aborts at the first Ctrl-C. */
  readonly first: AbortSignal;
  /** Aborts at the second Ctrl-C, or if the terminal is gone and nothing has to be stopped. */
  readonly second: AbortSignal;
  /** Counts one more Ctrl-C. */
  raise(): void;
  /**
   * The terminal is gone, which may be reported more than once: leaves without stopping anything, unless {@link stopOnHangUp}
   * was called.
   */
  hangUp(): void;
  /** From now on a lost terminal counts as the first Ctrl-C, because the running work cannot go on by itself. */
  stopOnHangUp(): void;
}

/** Ends a command that was interrupted; the command line answers with exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(sentence = '') {
    super(sentence);
  }
}

export const createInterruption = (): Interruption => {
  const first = new AbortController();
  const second = new AbortController();
  let stops = false;
  return {
    first: first.signal,
    second: second.signal,
    raise() {
      if (first.signal.aborted) second.abort(new Interrupted());
      else first.abort(new Interrupted());
    },
    hangUp() {
      if (stops) first.abort(new Interrupted());
      else second.abort(new Interrupted());
    },
    stopOnHangUp() {
      stops = true;
    },
  };
};

/** Resolves once the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
