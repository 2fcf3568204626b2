/** Computes the place of a moment on the timeline. */
import type { Interval } from '../sections/course/timeline.js';

export interface Tick {
  /** 0 to 1. */
  readonly at: number;
  /** Seconds since the start; without the waits if the scale is broken. */
  readonly seconds: number;
}

export interface Scale {
  /** 0 to 1; a moment outside is put at the nearest end. */
  readonly position: (ms: number) => number;
  readonly ticks: readonly Tick[];
  /** Waits are drawn shorter than they were. Everything else is to scale, and ticks leave the waits out. */
  readonly broken: boolean;
}

interface Segment extends Interval {
  readonly from: number;
  readonly to: number;
  readonly isWait: boolean;
}

/** Longer waits, as a share of the drill, would hide the rest. */
const mostWaitShare = 0.3;
/** The share of the width that such waits get. */
const brokenWaitShare = 0.18;
const mostTicks = 6;

const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 604_800,
] as const;

export const createScale = (whole: Interval, waits: readonly Interval[]): Scale => {
  const pieces = cut(whole, waits);
  const lengthOf = (isWait: boolean): number =>
    pieces.filter((piece) => piece.isWait === isWait).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const waitMs = lengthOf(true);
  const machineMs = lengthOf(false);
  const broken = machineMs > 0 && waitMs > mostWaitShare * (waitMs + machineMs);
  const widthPerMs = (isWait: boolean): number => {
    if (!broken) return 1 / Math.max(1, waitMs + machineMs);
    return isWait ? brokenWaitShare / waitMs : (1 - brokenWaitShare) / machineMs;
  };

  const segments: Segment[] = [];
  for (const piece of pieces) {
    const from = segments.at(-1)?.to ?? 0;
    segments.push({ ...piece, from, to: from + (piece.toMs - piece.fromMs) * widthPerMs(piece.isWait) });
  }

  const position = (ms: number): number => {
    const segment = segments.find(({ toMs }) => ms <= toMs);
    if (segment === undefined) return segments.at(-1)?.to ?? 0;
    if (ms <= segment.fromMs) return segment.from;
    const { fromMs, toMs, from, to } = segment;
    return from + ((ms - fromMs) / (toMs - fromMs)) * (to - from);
  };

  return { position, broken, ticks: createTicks(segments, broken) };
};

/** The drill as a row of pieces that are waits and pieces that are not. */
const cut = (whole: Interval, waits: readonly Interval[]): readonly (Interval & { readonly isWait: boolean })[] => {
  const pieces: (Interval & { readonly isWait: boolean })[] = [];
  let reachedMs = whole.fromMs;
  const add = (toMs: number, isWait: boolean): void => {
    if (toMs <= reachedMs) return;
    pieces.push({ fromMs: reachedMs, toMs, isWait });
    reachedMs = toMs;
  };
  for (const wait of [...waits].sort((a, b) => a.fromMs - b.fromMs)) {
    add(Math.min(wait.fromMs, whole.toMs), false);
    add(Math.min(wait.toMs, whole.toMs), true);
  }
  add(whole.toMs, false);
  return pieces;
};

const createTicks = (segments: readonly Segment[], broken: boolean): readonly Tick[] => {
  const counted = segments.filter(({ isWait }) => !broken || !isWait);
  const countedMs = counted.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const step =
    (steps.find((seconds) => countedMs / 1000 / seconds <= mostTicks) ?? countedMs / 1000 / mostTicks) * 1000;
  const ticks: Tick[] = [];
  let beforeMs = 0;
  for (const { fromMs, toMs, from, to } of counted) {
    const lengthMs = toMs - fromMs;
    for (let ms = ticks.length * step; ms < beforeMs + lengthMs; ms = ticks.length * step) {
      ticks.push({ at: from + ((ms - beforeMs) / lengthMs) * (to - from), seconds: ms / 1000 });
    }
    beforeMs += lengthMs;
  }
  return ticks;
};
