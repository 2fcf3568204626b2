import { describe, expect, it } from 'vitest';
import { lastErrorIn } from '../../../domain/pair/server-log.js';

describe('lastErrorIn', () => {
  it('quotes the last error that says why a node does not serve, without its time', () => {
    const log = [
      '2026-11-28T04:00:00.000Z [ERROR] core: failed to restore snapshot: error="node is not the leader"',
      '2026-11-28T04:00:00.100Z [INFO]  core: marked as sealed',
      '2026-11-28T04:00:00.200Z [ERROR] http: something else',
    ].join('\n');
    expect(lastErrorIn(log)).toBe('core: failed to restore snapshot: error="node is not the leader"');
  });

  it('quotes any other error rather than none, and nothing of a log without one', () => {
    expect(lastErrorIn('t [ERROR] http: something\nt [INFO]  fine')).toBe('http: something');
    expect(lastErrorIn('t [INFO]  fine')).toBeUndefined();
  });

  it('quotes no token, and no more than a line', () => {
    const line = lastErrorIn(`t [ERROR] core: restore with s.abcdefghijklmnopqrstuvwx failed ${'x'.repeat(1000)}`);
    expect(line).not.toContain('abcdefghijkl');
    expect(line?.length).toBe(300);
  });
});
