/**
 * Sets how often a step beats. A cancellation arrives with the answer to a heartbeat, and each heartbeat that reaches the
 * server costs an action: most steps are over before the first, and long steps can wait some seconds for a cancellation.
 */
export interface BeatPace {
  readonly everyMs: number;
  /** From when on the step beats at the slow rate. */
  readonly slowAfterMs: number;
  readonly slowEveryMs: number;
}

const usual: BeatPace = { everyMs: 2_000, slowAfterMs: 60_000, slowEveryMs: 5_000 };

/** The run waits for the end of its canary between two phases, four or five times in a drill. */
const canary: BeatPace = { everyMs: 300, slowAfterMs: 30_000, slowEveryMs: 2_000 };

export const paceOf = (step: string): BeatPace => (step === 'runClient' ? canary : usual);

/** Calls `beat` for as long as a step runs. Returns a function that ends the beats. */
export const keepBeating = (
  beat: () => void,
  { everyMs, slowAfterMs, slowEveryMs }: BeatPace = usual,
): (() => void) => {
  const startedMs = performance.now();
  let timer = setTimeout(next, everyMs);
  function next(): void {
    beat();
    timer = setTimeout(next, performance.now() - startedMs < slowAfterMs ? everyMs : slowEveryMs);
  }
  return () => clearTimeout(timer);
};
