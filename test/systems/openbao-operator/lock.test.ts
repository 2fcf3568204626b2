import { describe, expect, it } from 'vitest';
import { readOperatorCluster, whatIsWrong } from '../../../systems/openbao-operator/cluster.js';
import { lockOf, lockWaitedFor, maySettle, releaseLockCommand } from '../../../systems/openbao-operator/lock.js';

const named = { context: 'k3d-openbao-dr-source', namespace: 'n', cluster: 'c' };

describe('the lock of a cluster', () => {
  it('is read with its holder, and is none when there is none', () => {
    const operationLock = { operation: 'Backup', holder: 'openbaocluster/backup', acquiredAt: '2026-01-01T00:00:00Z' };
    expect(lockOf({ status: { operationLock } })).toEqual(operationLock);
    expect(lockOf({ status: { operationLock: null } })).toBeUndefined();
    expect(lockOf({})).toBeUndefined();
  });

  it('is named by a restore that waits for it', () => {
    const message = 'Waiting for cluster operation lock: operation=Backup holder=openbaocluster/backup';
    expect(lockWaitedFor(message)).toEqual({ operation: 'Backup', holder: 'openbaocluster/backup' });
    expect(lockWaitedFor('Waiting for cluster operation lock')).toMatchObject({ operation: 'unknown' });
    expect(lockWaitedFor('Validating restore preconditions')).toBeUndefined();
    expect(lockWaitedFor(undefined)).toBeUndefined();
  });

  it('may go away by itself for as long as the status of a backup may lag', () => {
    const at = (acquiredAt?: string) => ({
      operation: 'Backup',
      holder: 'h',
      ...(acquiredAt !== undefined && { acquiredAt }),
    });
    const nowMs = Date.parse('2026-01-01T00:02:00Z');
    expect(maySettle(at('2026-01-01T00:01:00Z'), nowMs)).toBe(true);
    expect(maySettle(at('2026-01-01T00:00:00Z'), nowMs)).toBe(false);
    expect(maySettle(at(), nowMs)).toBe(false);
    expect(maySettle({ ...at('2026-01-01T00:01:00Z'), operation: 'Restore' }, nowMs)).toBe(false);
  });

  it.each([
    [
      { operation: 'Restore', holder: 'openbaorestore/drill-4' },
      'kubectl --context k3d-openbao-dr-source --namespace n delete openbaorestores.openbao.org drill-4',
    ],
    [
      { operation: 'Upgrade', holder: 'openbaocluster/upgrade' },
      'kubectl --context k3d-openbao-dr-source --namespace n patch openbaoclusters.openbao.org c --subresource=status ' +
        '--type=json --patch \'[{"op":"remove","path":"/status/operationLock"}]\'',
    ],
  ])('of %j is released by %s', (lock, command) => {
    expect(releaseLockCommand(named, lock)).toBe(command);
  });

  it('never makes a command of a name', () => {
    const lock = { operation: 'Restore', holder: "openbaorestore/x'; rm -rf ~ #" };
    expect(releaseLockCommand({ ...named, context: 'a b' }, lock)).toContain("--context 'a b'");
    expect(releaseLockCommand(named, lock)).toContain(`delete openbaorestores.openbao.org 'x'\\''; rm -rf ~ #'`);
  });
});

describe('what is wrong with a cluster', () => {
  const conditions = (available: string, sealed: string) => [
    { type: 'Available', status: available },
    { type: 'OpenBaoInitialized', status: 'True' },
    { type: 'OpenBaoSealed', status: sealed },
  ];
  it('is nothing when it runs', () => {
    const status = { phase: 'Running', conditions: conditions('True', 'False') };
    expect(whatIsWrong(readOperatorCluster({ status }))).toEqual([]);
  });

  it('is everything when nobody has looked at it', () => {
    expect(whatIsWrong(readOperatorCluster({}))).toEqual([
      'phase unknown',
      'not Available',
      'not OpenBaoInitialized',
      'OpenBaoSealed',
    ]);
  });

  it('is a seal that is not known to be open', () => {
    const status = { phase: 'Running', conditions: conditions('True', 'Unknown') };
    expect(whatIsWrong(readOperatorCluster({ status }))).toEqual(['OpenBaoSealed']);
  });
});
