/** Finds when clients were without service, from the canary's journal, however the drill ended. */
import { type ClientOperation, isServed, roamingInOrder, spansOf, type TimedOperation } from './client-operations.js';
import type { ClientsAccount, ClientsOutage } from '../report/report.js';

/**
 * The longest pause between two operations of a running canary; a longer one means that it rested, as while people decide, or
 * lost its worker.
 */
const longestPauseMs = 5_000;
/** The largest number of outages in a report, which keeps the longest. */
const mostOutages = 100;

/**
 * @param touchedAt ISO 8601, right before the drill first took the clients' service away. Without a later operation, the
 *   clients count as without service since then.
 */
export const accountOf = (operations: readonly ClientOperation[], touchedAt: string): ClientsAccount => {
  const touched = Date.parse(touchedAt);
  const roaming = roamingInOrder(operations);
  const first = roaming.findIndex(({ ended }) => ended > touched);
  const seen = first === -1 ? [] : roaming.slice(first);
  const outages = seen.length === 0 ? [{ from: touched, failed: 0 }] : outagesOf(seen, roaming[first - 1], touched);
  const end = seen.at(-1)?.ended ?? touched;
  return {
    touchedAt,
    operations: seen.length,
    failedOperations: seen.filter((operation) => !isServed(operation)).length,
    unservedMs: outages.reduce((sum, { from, to = end }) => sum + Math.max(0, to - from), 0),
    outages: longest(outages, end).map(describe),
    spans: spansOf(seen),
  };
};

interface Outage {
  readonly from: number;
  readonly to?: number;
  readonly failed: number;
  readonly lastServedBy?: ClientsOutage['lastServedBy'];
  readonly servedBy?: ClientsOutage['servedBy'];
}

const outagesOf = (
  seen: readonly TimedOperation[],
  before: TimedOperation | undefined,
  touched: number,
): readonly Outage[] => {
  const outages: Outage[] = [];
  let previous = before;
  let open: Outage | undefined;
  for (const operation of seen) {
    const { servedBy } = operation;
    if (servedBy !== undefined) {
      if (open !== undefined) outages.push({ ...open, to: Math.max(open.from, operation.ended), servedBy });
      open = undefined;
    } else if (open !== undefined) {
      open = { ...open, failed: open.failed + 1 };
    } else {
      const last = previous?.servedBy === undefined ? {} : { lastServedBy: previous.servedBy };
      open = { from: beginning(previous, operation, touched), failed: 1, ...last };
    }
    previous = operation;
  }
  return open === undefined ? outages : [...outages, open];
};

/**
 * The end of the last operation that was served. If the canary rested since then, only one thing is known of that time: the
 * drill may have taken the service away in it.
 */
const beginning = (previous: TimedOperation | undefined, failed: TimedOperation, touched: number): number => {
  const latest = failed.sent;
  if (previous !== undefined && latest - previous.ended <= longestPauseMs) return Math.min(previous.ended, latest);
  return touched <= latest && touched >= (previous?.ended ?? touched) ? touched : latest;
};

const longest = (outages: readonly Outage[], end: number): readonly Outage[] => {
  const length = ({ from, to = end }: Outage): number => to - from;
  const least = outages.map(length).sort((a, b) => b - a)[mostOutages - 1] ?? -Infinity;
  return outages.filter((outage) => length(outage) >= least).slice(0, mostOutages);
};

const describe = ({ from, to, failed, lastServedBy, servedBy }: Outage): ClientsOutage => ({
  from: new Date(from).toISOString(),
  ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
  failedOperations: failed,
  ...(lastServedBy === undefined ? {} : { lastServedBy }),
  ...(servedBy === undefined ? {} : { servedBy }),
});
