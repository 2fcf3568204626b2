import { describe, expect, it } from 'vitest';
import {
  type ClientOperation,
  highestSequence,
  lastAcknowledged,
  type Move,
  servedAtOf,
  summariseMove,
} from '../../../domain/recovery/client-operations.js';
import type { PairSide } from '../../../domain/pair/topology.js';

const epoch = Date.parse('2026-01-02T03:00:00.000Z');
const time = (ms: number): string => new Date(epoch + ms).toISOString();

type Given = Partial<Omit<ClientOperation, 'at'>>;

/** An operation sent that many milliseconds after the beginning; a read of nothing that fails, unless said otherwise. */
const operation = (sentMs: number, given: Given = {}): ClientOperation => ({
  at: time(sentMs),
  ms: 10,
  kind: 'read',
  client: 'roaming',
  sequence: 0,
  ...(given.servedBy === undefined ? { failure: 'OpenBaoUnreachable' } : {}),
  ...given,
});
const write = (sentMs: number, sequence: number, servedBy?: PairSide, given: Given = {}): ClientOperation =>
  operation(sentMs, { kind: 'write', sequence, ...(servedBy === undefined ? {} : { servedBy }), ...given });
const read = (sentMs: number, sequence: number, servedBy?: PairSide, given: Given = {}): ClientOperation =>
  operation(sentMs, { sequence, ...(servedBy === undefined ? {} : { servedBy }), ...given });

const toTarget: Move = { to: 'target', way: 'edge', since: time(1000) };

/** Served by the source until 1010, by nobody until 1310, then by the target. */
const plainMove = [
  write(900, 1, 'source'),
  read(950, 1, 'source'),
  write(1000, 2, 'source'),
  read(1100, 0),
  write(1200, 3),
  write(1300, 4, 'target'),
  read(1350, 4, 'target'),
];

describe('summariseMove', () => {
  it('measures the outage from the end of the last operation before to the end of the first after', () => {
    expect(summariseMove(plainMove, toTarget)).toEqual({
      to: 'target',
      way: 'edge',
      outageMs: 300,
      operations: 5,
      failedOperations: 2,
      staleReads: 0,
      writesAfterFence: 0,
      spans: [
        { servedBy: 'source', from: time(1000), to: time(1010), operations: 1 },
        { servedBy: 'nobody', from: time(1100), to: time(1210), operations: 2 },
        { servedBy: 'target', from: time(1300), to: time(1360), operations: 2 },
      ],
    });
    expect(servedAtOf(plainMove, toTarget)).toBe(time(1310));
  });

  it('says nothing of a side that never served', () => {
    const before = plainMove.slice(0, 5);
    expect(summariseMove(before, toTarget)).toBeUndefined();
    expect(servedAtOf(before, toTarget)).toBeUndefined();
    expect(summariseMove([], toTarget)).toBeUndefined();
  });

  it('takes no notice of what the side served before', () => {
    const there = [write(100, 1, 'source'), write(500, 2, 'target'), write(1100, 3, 'source'), read(1200, 0)];
    expect(summariseMove(there, toTarget)).toBeUndefined();
    expect(summariseMove([...there, write(1300, 4, 'target')], toTarget)).toMatchObject({
      outageMs: 200,
      operations: 3,
    });
  });

  it('sees the whole outage when the source was lost long before the clients were moved', () => {
    const lost = [write(0, 1, 'source'), read(100, 0), write(200, 2), read(5000, 0), write(6000, 3, 'target')];
    expect(summariseMove(lost, { ...toTarget, since: time(5000) })).toMatchObject({
      outageMs: 6000,
      operations: 5,
      failedOperations: 3,
    });
  });

  it('measures from the first operation when nobody had ever served one', () => {
    expect(summariseMove([read(500, 0), read(1100, 0), write(1300, 1, 'target')], toTarget)).toMatchObject({
      outageMs: 210,
      operations: 2,
      failedOperations: 1,
    });
  });

  it('counts as moved from when the side stayed the serving one', () => {
    const flapping = [
      write(1000, 1, 'source'),
      write(1100, 2, 'target'),
      write(1200, 3, 'source'),
      read(1300, 0),
      write(1500, 4, 'target'),
    ];
    expect(summariseMove(flapping, toTarget)).toMatchObject({ outageMs: 300, failedOperations: 1, operations: 5 });
    expect(servedAtOf(flapping, toTarget)).toBe(time(1510));
  });

  it('still tells of a side that served, and then no longer did', () => {
    const away = [write(1000, 1, 'source'), write(1200, 2, 'target'), write(1300, 3, 'source')];
    expect(summariseMove(away, toTarget)).toMatchObject({ outageMs: 200, operations: 3 });
  });

  it('takes operations in the order they were sent, whoever wrote them down first', () => {
    expect(summariseMove([...plainMove].reverse(), toTarget)).toEqual(summariseMove(plainMove, toTarget));
  });

  it('repeats when the left side was fenced, and nothing when it was lost', () => {
    expect(summariseMove(plainMove, { ...toTarget, fencedAt: time(1050) })).toMatchObject({ fencedAt: time(1050) });
    expect(summariseMove(plainMove, { ...toTarget, lostAt: time(1050) })).not.toHaveProperty('fencedAt');
  });
});

describe('stale reads', () => {
  const staleReads = (...more: readonly ClientOperation[]): number | undefined =>
    summariseMove([...plainMove, ...more], toTarget)?.staleReads;

  it('are those that show less than their site had acknowledged', () => {
    expect(staleReads(read(1400, 3, 'target'), read(1450, 0, 'target'), read(1500, 4, 'target'))).toBe(2);
  });

  it('are not those of another site that was never told, nor of a write that nobody acknowledged', () => {
    expect(staleReads(write(1400, 5), read(1450, 4, 'target'))).toBe(0);
    const behind = [write(1000, 9, 'source'), read(1200, 3, 'target'), write(1300, 10, 'target')];
    expect(summariseMove(behind, toTarget)?.staleReads).toBe(0);
  });

  it('are not those sent before the write was acknowledged', () => {
    const late = write(1400, 5, 'target', { ms: 60 });
    expect(staleReads(late, read(1450, 4, 'target'))).toBe(0);
    expect(staleReads(late, read(1460, 4, 'target'))).toBe(1);
  });

  it('are also those that the left side answers after the other has served, whatever they show', () => {
    expect(staleReads(read(1400, 99, 'source'), read(1500, 4, 'target'))).toBe(1);
  });

  it('are only those of the move', () => {
    expect(summariseMove([write(0, 5, 'source'), read(50, 1, 'source'), ...plainMove], toTarget)?.staleReads).toBe(0);
  });
});

describe('writes after the fence', () => {
  const after = (operations: readonly ClientOperation[], move: Partial<Move> = { fencedAt: time(1250) }) =>
    summariseMove([...plainMove, ...operations], { ...toTarget, ...move })?.writesAfterFence;

  it('are those of either client that the left side acknowledged', () => {
    const stubborn: Given = { client: 'stubborn' };
    expect(after([write(1260, 5, 'source', stubborn), write(1400, 6, 'source')])).toBe(2);
  });

  it('are neither those sent before it, nor refused ones, nor reads, nor those of the new side', () => {
    const sentBefore = write(1250, 5, 'source', { client: 'stubborn', ms: 500 });
    expect(after([sentBefore, write(1300, 6), read(1400, 2, 'source'), write(1500, 7, 'target')])).toBe(0);
  });

  it('are counted from the loss when there was no fence, and not at all when there was neither', () => {
    const split = [write(1400, 5, 'source', { client: 'stubborn' })];
    expect(after(split, { lostAt: time(1250) })).toBe(1);
    expect(after(split, {})).toBe(0);
  });
});

describe('spans', () => {
  /** A repeatable stream of numbers from 0 to 1. */
  const numbers = (seed: number) => () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return seed / 2 ** 32;
  };

  const randomOperations = (seed: number, count: number): ClientOperation[] => {
    const next = numbers(seed);
    const sides: readonly (PairSide | undefined)[] = ['source', 'target', undefined];
    return Array.from({ length: count }, (_, index) => {
      const servedBy = sides[Math.floor(next() * 3)];
      const client = next() < 0.2 ? 'stubborn' : 'roaming';
      const given: Given = { client, ms: Math.floor(next() * 100) };
      return next() < 0.5
        ? write(index * 100, index + 1, servedBy, given)
        : read(index * 100, Math.floor(next() * index), servedBy, given);
    });
  };

  it.each(Array.from({ length: 25 }, (_, seed) => [seed, 40 * (seed + 1)]))(
    'hold every operation of the roaming client once, in order, for any course of things (%i: %i operations)',
    (seed, count) => {
      const operations = randomOperations(seed, count);
      const move: Move = { to: 'target', way: 'manual', since: time(0), fencedAt: time(count * 50) };
      const moved = summariseMove(operations, move);
      const roaming = operations.filter(({ client }) => client === 'roaming');
      expect(moved).toBeDefined();
      const { spans, operations: all, failedOperations, outageMs, staleReads, writesAfterFence } = moved!;
      expect(all).toBe(roaming.length);
      expect(spans.reduce((sum, span) => sum + span.operations, 0)).toBe(roaming.length);
      expect(spans.length).toBeLessThanOrEqual(200);
      spans.forEach(({ servedBy, from, to }, index) => {
        expect(from <= to).toBe(true);
        const next = spans[index + 1];
        if (next === undefined) return;
        expect(next.servedBy).not.toBe(servedBy);
        expect(to <= next.from).toBe(true);
      });
      expect(outageMs).toBeGreaterThanOrEqual(0);
      expect(failedOperations).toBeLessThanOrEqual(roaming.filter(({ servedBy }) => servedBy === undefined).length);
      expect(staleReads).toBeLessThanOrEqual(
        roaming.filter(({ kind, servedBy }) => kind === 'read' && servedBy).length,
      );
      expect(writesAfterFence).toBe(
        operations.filter(
          ({ kind, servedBy, at }) => kind === 'write' && servedBy === 'source' && at > time(count * 50),
        ).length,
      );
    },
  );

  it('give the shortest to their neighbours when there are too many, so that the long ones stay', () => {
    const flicker = Array.from({ length: 300 }, (_, i) => read(i * 100, 0, i % 2 === 0 ? 'source' : undefined));
    const steady = Array.from({ length: 500 }, (_, i) => read(40_000 + i * 100, 0, 'target'));
    const { spans } = summariseMove([...flicker, ...steady], { ...toTarget, since: time(0) })!;
    expect(spans.length).toBeLessThanOrEqual(200);
    expect(spans.at(-1)).toEqual({ servedBy: 'target', from: time(40_000), to: time(89_910), operations: 500 });
  });
});

describe('lastAcknowledged', () => {
  it('is the newest write that the source acknowledged in time, to either client', () => {
    const operations = [
      write(0, 1, 'source'),
      write(100, 2, 'source', { client: 'stubborn' }),
      write(200, 3),
      write(300, 4, 'target'),
      read(400, 4, 'source'),
      write(500, 5, 'source'),
    ];
    expect(lastAcknowledged(operations)).toEqual({ sequence: 5, at: time(500) });
    expect(lastAcknowledged(operations, time(510))).toEqual({ sequence: 5, at: time(500) });
    expect(lastAcknowledged(operations, time(509))).toEqual({ sequence: 2, at: time(100) });
    expect(lastAcknowledged(operations, time(5))).toBeUndefined();
  });
});

describe('highestSequence', () => {
  it('is the highest of all operations, whoever served them and whether anybody did', () => {
    expect(highestSequence([write(0, 7, 'target'), write(100, 9), read(200, 3, 'source')])).toBe(9);
    expect(highestSequence([])).toBe(0);
  });
});
