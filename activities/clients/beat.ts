import { setTimeout as pause } from 'node:timers/promises';

export interface Pace {
  /** From one beat to the next. */
  readonly everyMs: number;
  /** The same, while nothing has succeeded for `slowAfterMs`: an outage of hours must not fill the disk. */
  readonly slowEveryMs: number;
  readonly slowAfterMs: number;
}

/** The pause after a beat that took `tookMs`, with the last success that long ago. Late beats are not made up for. */
export const pauseMs = ({ everyMs, slowEveryMs, slowAfterMs }: Pace, tookMs: number, unservedMs: number): number =>
  Math.max(0, (unservedMs < slowAfterMs ? everyMs : slowEveryMs) - tookMs);

/** Beats until the signal aborts, which never cuts a beat short. `beat` returns whether an operation succeeded. */
export const keepBeat = async (beat: () => Promise<boolean>, pace: Pace, signal: AbortSignal): Promise<void> => {
  let lastServed = performance.now();
  while (!signal.aborted) {
    const started = performance.now();
    const served = await beat();
    const ended = performance.now();
    if (served) lastServed = ended;
    // The pause rejects only because of the signal, which ends the loop.
    await pause(pauseMs(pace, ended - started, ended - lastServed), undefined, { signal }).catch(() => undefined);
  }
};
