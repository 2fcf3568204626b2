import { describe, expect, it } from 'vitest';
import type { ClientOperation } from '../../../domain/recovery/client-operations.js';
import { accountOf } from '../../../domain/recovery/clients-account.js';

const start = Date.UTC(2026, 0, 2, 3, 0, 0);
const at = (ms: number): string => new Date(start + ms).toISOString();
const served = (ms: number, servedBy: 'source' | 'target' = 'source'): ClientOperation => ({
  at: at(ms),
  ms: 10,
  kind: 'write',
  client: 'roaming',
  sequence: 1,
  servedBy,
});
const failed = (ms: number): ClientOperation => ({
  at: at(ms),
  ms: 10,
  kind: 'write',
  client: 'roaming',
  sequence: 1,
  failure: 'OpenBaoUnreachable',
});

describe('the account of the clients', () => {
  it('runs from the last operation that was served to the first that was served again', () => {
    const account = accountOf(
      [served(0), served(100), failed(200), failed(300), served(400, 'target'), served(500, 'target')],
      at(150),
    );
    expect(account).toMatchObject({ touchedAt: at(150), operations: 4, failedOperations: 2, unservedMs: 300 });
    expect(account.outages).toEqual([
      { from: at(110), to: at(410), failedOperations: 2, lastServedBy: 'source', servedBy: 'target' },
    ]);
    expect(account.spans.map(({ servedBy }) => servedBy)).toEqual(['nobody', 'target']);
  });

  it('has no outage where every operation was served', () => {
    expect(accountOf([served(0), served(100), served(200, 'target')], at(50))).toMatchObject({
      operations: 2,
      failedOperations: 0,
      unservedMs: 0,
      outages: [],
    });
  });

  it('has no end of an outage that nobody saw end, and counts it up to the last operation', () => {
    expect(accountOf([served(0), failed(100), failed(5_000)], at(50))).toMatchObject({
      unservedMs: 5_000,
      outages: [{ from: at(10), failedOperations: 2, lastServedBy: 'source' }],
    });
  });

  it('lets an outage go on while the client rests in it, as while a person decides', () => {
    const account = accountOf([served(0), failed(100), failed(200), served(3_600_000)], at(50));
    expect(account.outages).toMatchObject([{ from: at(10), to: at(3_600_010), servedBy: 'source' }]);
  });

  it('begins when the service was taken away, where the client had rested until then', () => {
    expect(accountOf([served(0), failed(60_000), served(61_000)], at(59_000)).outages).toMatchObject([
      { from: at(59_000), to: at(61_010) },
    ]);
  });

  it('begins with the first operation that failed where the client had rested later', () => {
    const account = accountOf([served(0), failed(100), served(200), failed(60_000)], at(50));
    expect(account.outages).toMatchObject([{ from: at(10) }, { from: at(60_000), lastServedBy: 'source' }]);
  });

  it('takes clients of whom nothing is known to be without service', () => {
    expect(accountOf([served(0)], at(1_000))).toMatchObject({
      operations: 0,
      outages: [{ from: at(1_000), failedOperations: 0 }],
    });
  });

  it('leaves out the client with a stale address, and keeps the longest of many outages', () => {
    const stubborn: ClientOperation = { ...failed(10), client: 'stubborn' };
    const many = Array.from({ length: 300 }, (_, i) => [failed(1_000 + i * 100), served(1_040 + i * 100)]).flat();
    const account = accountOf([served(0), stubborn, failed(100), failed(500), served(900), ...many], at(1));
    expect(account.outages).toHaveLength(100);
    expect(account.outages[0]).toMatchObject({ from: at(10), to: at(910), failedOperations: 2 });
    expect(account.failedOperations).toBe(302);
  });
});
