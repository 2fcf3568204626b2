import { describe, expect, it } from 'vitest';
import { timeInName } from '../../../domain/snapshot/name-time.js';

const stated = (at: string) => ({ at, zone: 'stated' });
const unstated = (at: string) => ({ at, zone: 'unstated' });

describe('the time in the name of a snapshot', () => {
  it.each([
    ['the operator', 'dr/dr/2026-11-27T03-00-00Z-1a2b3c4d.snap', stated('2026-11-27T03:00:00Z')],
    ['the operator, eight digits behind it', 'dr/2026-11-27T03-00-00Z-12345678.snap', stated('2026-11-27T03:00:00Z')],
    ['the operator, with a prefix', 'dr/nightly-2026-11-27T03-00-00Z-20261231.snap', stated('2026-11-27T03:00:00Z')],
    ["the snapshot agent and the chart's", 'bao_2026-11-27-0300.snapshot', unstated('2026-11-27T03:00:00Z')],
    ['vault-raft-snapshot-agent', 'raft-snapshot-2026-11-27T03-00-00Z+0100.snap', stated('2026-11-27T02:00:00Z')],
    ['the same, west of Greenwich', 'raft-snapshot-2026-11-27T03-00-00Z-0530.snap', stated('2026-11-27T08:30:00Z')],
    ['its ancestor', 'raft_snapshots/raft_snapshot-1795748400000000000.snap', stated('2026-11-27T03:00:00Z')],
    ['milliseconds', 'vault-1795748400000.snap', stated('2026-11-27T03:00:00Z')],
    ['seconds', 'vault-snapshot-1795748400.snap', stated('2026-11-27T03:00:00Z')],
    ['a script', 'vaultsnapshot-2026-11-27-03-00-09.snap', unstated('2026-11-27T03:00:09Z')],
    ['a script', 'openbao-20261127-030009.snap', unstated('2026-11-27T03:00:09Z')],
    ['a script', 'openbao_20261127030009.snap.gz', unstated('2026-11-27T03:00:09Z')],
    ['a script', 'bao-20261127T030009Z.tgz', stated('2026-11-27T03:00:09Z')],
    ['a script', '2026-11-27_03:00.snap', unstated('2026-11-27T03:00:00Z')],
    ['RFC 3339', 'bao-2026-11-27T03:00:09.123+05:30.snap', stated('2026-11-26T21:30:09Z')],
    ['a day, to its end', 'a/bao-2026-11-27.snap', unstated('2026-11-27T23:59:59Z')],
    ['a day and then a time', 'bao-20261123-nightly-2026-11-27T0300Z.snap', stated('2026-11-27T03:00:00Z')],
  ])('is read as %s writes it: %s', (_, key, time) => {
    expect(timeInName(key)).toEqual(time);
  });

  it.each([
    'backup.snap',
    '',
    '2026-11-27/backup.snap',
    'a/2026-13-02T03-04-05Z.snap',
    'a/2026-02-30.snap',
    'a/1a2b3c4d5e6f.snap',
    'a/123456789012345678901234567890.snap',
  ])('is not there in "%s"', (key) => {
    expect(timeInName(key)).toBeUndefined();
  });

  it('is looked for in no time in a name as long as names can be', () => {
    const began = performance.now();
    for (const part of ['20', '2026-11-', '2026-11-27T', '1', '-_', '2026-11-27T03-00-00Z+0']) {
      timeInName(part.repeat(1024 / part.length));
    }
    expect(performance.now() - began).toBeLessThan(200);
  });
});
