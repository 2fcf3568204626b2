/**
 * How often a step beats. A cancellation arrives with the answer to a heartbeat, and each that reaches the server costs an
 * action: most steps are over before the first, and those that take long can wait some seconds for a cancellation.
 */
const firstAfterMs = 2_000;
const everyMs = 2_000;
const slowEveryMs = 5_000;
const slowAfterMs = 60_000;

/** Calls `beat` for as long as a step runs. Returns what ends it. */
export const keepBeating = (beat: () => void): (() => void) => {
  const startedMs = performance.now();
  let timer = setTimeout(next, firstAfterMs);
  function next(): void {
    beat();
    timer = setTimeout(next, performance.now() - startedMs < slowAfterMs ? everyMs : slowEveryMs);
  }
  return () => clearTimeout(timer);
};
