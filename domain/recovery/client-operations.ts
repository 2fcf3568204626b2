/** Reads the canary's operations one by one, and concludes what a move from one side to the other was like. */
import type { CanaryClient } from '../pair/canary.js';
import type { CutoverWay } from '../plan/plan.js';
import type { AcknowledgedWrite, ClientsMoved, ClientSpan } from '../report/report.js';
import type { PairSide } from '../pair/topology.js';

/** One line of the canary's journal. */
export interface ClientOperation {
  /** ISO 8601, in UTC with milliseconds: when the canary sent it. */
  readonly at: string;
  /** The time until its answer, or its failure. */
  readonly ms: number;
  readonly kind: 'write' | 'read';
  readonly client: CanaryClient;
  /** The number of the write, or of the write that the read showed; 0: the read showed none. */
  readonly sequence: number;
  /** The side whose certificate came with the answer. Absent: the operation failed. */
  readonly servedBy?: PairSide;
  /** Type of the failure. */
  readonly failure?: string;
}

export interface Move {
  readonly to: PairSide;
  readonly way: CutoverWay;
  /** ISO 8601: operations that `to` served before do not count. */
  readonly since: string;
  /** ISO 8601: when the side that clients leave was seen to refuse. */
  readonly fencedAt?: string;
  /** ISO 8601: when the side that clients leave was seen to be gone, in place of a fence. */
  readonly lostAt?: string;
  /** ISO 8601: when the clients' next move, away from `to`, began. Later operations do not count. */
  readonly until?: string;
}

/** The largest number of spans in a report. */
const spanLimit = 200;

/**
 * Summarizes a move for the roaming canary; undefined if `to` never served it. The outage runs from the end of the last
 * operation that was served before it to the end of the first that `to` served and after which the other side served none.
 */
export const summariseMove = (
  all: readonly ClientOperation[],
  { to, way, since, fencedAt, lostAt, until }: Move,
): ClientsMoved | undefined => {
  const end = until === undefined ? Infinity : Date.parse(until);
  const operations = all.filter(({ at }) => Date.parse(at) < end);
  const roaming = roamingInOrder(operations);
  const arrival = arrivalOf(roaming, to, since);
  const arrived = roaming[arrival];
  if (arrived === undefined) return undefined;

  const departure = roaming.slice(0, arrival).findLastIndex(isServed);
  const firstSince = roaming.findIndex(({ sent }) => sent >= Date.parse(since));
  const first = departure === -1 ? firstSince : Math.min(departure, firstSince);
  const seen = roaming.slice(first);
  const outageFrom = roaming[departure]?.ended ?? seen[0]!.sent;
  return {
    to,
    way,
    ...(fencedAt === undefined ? {} : { fencedAt }),
    outageMs: Math.max(0, arrived.ended - outageFrom),
    operations: seen.length,
    failedOperations: roaming.slice(Math.max(departure, first), arrival).filter((operation) => !isServed(operation))
      .length,
    staleReads: staleReadsOf(roaming, to, since).filter(({ sent }) => sent >= seen[0]!.sent).length,
    writesAfterFence: writesElsewhereAfter(operations, to, fencedAt ?? lostAt),
    spans: spansOf(seen),
  };
};

/** ISO 8601: the end of the first roaming operation that `to` served, as {@link summariseMove} has it. */
export const servedAtOf = (
  operations: readonly ClientOperation[],
  { to, since }: Pick<Move, 'to' | 'since'>,
): string | undefined => {
  const roaming = roamingInOrder(operations);
  const arrived = roaming[arrivalOf(roaming, to, since)];
  return arrived === undefined ? undefined : isoOf(arrived.ended);
};

/** The newest write that the source had acknowledged by then, to either canary; without a time, the newest of all. */
export const lastAcknowledged = (
  operations: readonly ClientOperation[],
  before?: string,
): AcknowledgedWrite | undefined => {
  const limit = before === undefined ? Infinity : Date.parse(before);
  let last: AcknowledgedWrite | undefined;
  for (const operation of operations) {
    const { kind, servedBy, sequence, at } = operation;
    if (kind !== 'write' || servedBy !== 'source' || sequence <= (last?.sequence ?? 0)) continue;
    if (endOf(operation) <= limit) last = { sequence, at };
  }
  return last;
};

/** 0 before the first write. */
export const highestSequence = (operations: readonly ClientOperation[]): number =>
  operations.reduce((highest, { sequence }) => Math.max(highest, sequence), 0);

export interface TimedOperation extends ClientOperation {
  /** Milliseconds since 1970. */
  readonly sent: number;
  readonly ended: number;
}

const endOf = ({ at, ms }: ClientOperation): number => Date.parse(at) + ms;

const isoOf = (time: number): string => new Date(time).toISOString();

export const isServed = ({ servedBy }: ClientOperation): boolean => servedBy !== undefined;

/** A lost worker's last operations may follow the first operations of its successor in the journal. */
export const roamingInOrder = (operations: readonly ClientOperation[]): readonly TimedOperation[] =>
  operations
    .filter(({ client }) => client === 'roaming')
    .map((operation) => ({ ...operation, sent: Date.parse(operation.at), ended: endOf(operation) }))
    .sort((a, b) => a.sent - b.sent);

/** Index of the first operation that `to` served; preferably of one after which the other side served none. */
const arrivalOf = (roaming: readonly TimedOperation[], to: PairSide, since: string): number => {
  const lastElsewhere = roaming.findLastIndex(({ servedBy }) => servedBy !== undefined && servedBy !== to);
  const staying = firstServedAfter(roaming, to, since, lastElsewhere);
  return staying === -1 ? firstServedAfter(roaming, to, since, -1) : staying;
};

const firstServedAfter = (roaming: readonly TimedOperation[], to: PairSide, since: string, after: number): number => {
  const earliest = Date.parse(since);
  return roaming.findIndex(({ servedBy, sent }, index) => index > after && servedBy === to && sent >= earliest);
};

/**
 * Counts reads that showed less than their site had acknowledged to this canary before they were sent, and reads that the side
 * that clients leave still answered after `to` had first served.
 */
const staleReadsOf = (roaming: readonly TimedOperation[], to: PairSide, since: string): readonly TimedOperation[] => {
  const turned = roaming[firstServedAfter(roaming, to, since, -1)]?.ended ?? Infinity;
  const acknowledged = new Map<PairSide, number>();
  // A write that was acknowledged after a read was sent cannot make that read stale.
  let pending: TimedOperation[] = [];
  return roaming.filter((operation) => {
    const { kind, servedBy, sequence, sent } = operation;
    if (servedBy === undefined) return false;
    if (kind === 'write') {
      pending.push(operation);
      return false;
    }
    for (const write of pending.filter(({ ended }) => ended <= sent)) {
      acknowledged.set(write.servedBy!, Math.max(write.sequence, acknowledged.get(write.servedBy!) ?? 0));
    }
    pending = pending.filter(({ ended }) => ended > sent);
    return sequence < (acknowledged.get(servedBy) ?? 0) || (servedBy !== to && sent >= turned);
  });
};

const writesElsewhereAfter = (
  operations: readonly ClientOperation[],
  to: PairSide,
  fence: string | undefined,
): number => {
  if (fence === undefined) return 0;
  const limit = Date.parse(fence);
  return operations.filter(
    ({ kind, servedBy, at }) => kind === 'write' && servedBy !== undefined && servedBy !== to && Date.parse(at) > limit,
  ).length;
};

interface Span {
  readonly servedBy: ClientSpan['servedBy'];
  readonly from: number;
  readonly to: number;
  readonly operations: number;
}

/** The sides that served, in order: at most {@link spanLimit} spans. */
export const spansOf = (operations: readonly TimedOperation[]): readonly ClientSpan[] => {
  const single = operations.map(({ servedBy, sent, ended }): Span => {
    return { servedBy: servedBy ?? 'nobody', from: sent, to: ended, operations: 1 };
  });
  return withinLimit(joinEqual(single)).map((span) => ({ ...span, from: isoOf(span.from), to: isoOf(span.to) }));
};

const joinEqual = (spans: readonly Span[]): Span[] => {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last?.servedBy === span.servedBy) {
      const to = Math.max(last.to, span.to);
      joined[joined.length - 1] = { ...last, to, operations: last.operations + span.operations };
    } else joined.push(span);
  }
  return joined;
};

/**
 * Merges the shortest span into its longer neighbor until few enough are left: every operation stays counted, and only the
 * server of some is lost.
 */
const withinLimit = (spans: Span[]): readonly Span[] => {
  while (spans.length > spanLimit) {
    const shortest = spans.reduce((least, span, index) => (isShorter(span, spans[least]!) ? index : least), 0);
    const [before, span, after] = [spans[shortest - 1], spans[shortest]!, spans[shortest + 1]];
    const servedBy = (before === undefined || (after !== undefined && isShorter(before, after)) ? after : before)!
      .servedBy;
    const three = [before, { ...span, servedBy }, after].filter((one) => one !== undefined);
    spans.splice(Math.max(0, shortest - 1), three.length, ...joinEqual(three));
  }
  return spans;
};

const isShorter = (a: Span, b: Span): boolean =>
  a.operations < b.operations || (a.operations === b.operations && a.to - a.from < b.to - b.from);
