/** The one owner of the time that people took: every figure that sets it apart from machine time asks here. */

/** A time in which the drill waited for a person. */
export interface HumanWait {
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  /** The wait was for a decision, or for a person to move the clients. */
  readonly kind: 'approval' | 'cutover';
}

/** How many milliseconds of an interval the drill waited for people: where two waits overlap, time passes once. */
export const humanMsIn = (
  waits: readonly Pick<HumanWait, 'from' | 'to'>[],
  { from: start, to: end }: { readonly from: string; readonly to: string },
): number => {
  const [startMs, endMs] = [Date.parse(start), Date.parse(end)];
  const inside = waits
    .map(({ from, to }) => ({ from: Math.max(startMs, Date.parse(from)), to: Math.min(endMs, Date.parse(to)) }))
    .sort((a, b) => a.from - b.from);
  let covered = 0;
  let until = startMs;
  for (const { from, to } of inside) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return covered;
};

/** Like {@link humanMsIn}, in seconds to the tenth, the unit of phases and of the whole drill. */
export const humanSecondsIn = (...[waits, interval]: Parameters<typeof humanMsIn>): number =>
  Math.round(humanMsIn(waits, interval) / 100) / 10;
