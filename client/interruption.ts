/** What Ctrl-C means here: once, stop in good order; twice, leave at once. */
export interface Interruption {
  /** Aborts at the first Ctrl-C. */
  readonly first: AbortSignal;
  /** Aborts at the second one, or when the terminal is gone. */
  readonly second: AbortSignal;
  /** Counts one more Ctrl-C. */
  raise(): void;
  /** Nobody is there any more: leave without stopping anything. */
  leave(): void;
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
  return {
    first: first.signal,
    second: second.signal,
    raise() {
      if (first.signal.aborted) second.abort(new Interrupted());
      else first.abort(new Interrupted());
    },
    leave() {
      second.abort(new Interrupted());
    },
  };
};

/** Resolves once the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
