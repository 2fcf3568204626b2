import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockOf } from '../../systems/openbao-operator/lock.js';
import { readOperatorCluster } from '../../systems/openbao-operator/cluster.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import {
  checkOf,
  failedOf,
  findClusters,
  type K3dDrills,
  namespaceOf,
  startK3dDrills,
} from '../support/kubernetes/k3d-drills.js';

const { lab, why } = await findClusters();
const source = namespaceOf('source');
const cluster = ['-n', source, 'get', 'openbaocluster', source];

/** What a drill saw of the source's OpenBaoCluster right before and right after it provisioned it. */
interface Seen {
  readonly before: unknown;
  readonly after: unknown;
}

describe.skipIf(lab === undefined)(`the lock that the operator's second backup leaves${why}`, () => {
  let k3d: K3dDrills;
  const seen: Seen[] = [];

  beforeAll(async () => {
    k3d = await startK3dDrills(lab, {
      interfere: (steps) => ({
        async provisionPart(input) {
          if (input.part !== 'openbao-source') return steps.provisionPart(input);
          // A lane that is not there yet has none.
          const before = await k3d.read('source', cluster).catch(() => undefined);
          await steps.provisionPart(input);
          seen.push({ before, after: await k3d.read('source', cluster) });
        },
      }),
    });
  });
  afterAll(() => k3d[Symbol.asyncDispose]());

  const backUpByHand = async (): Promise<void> => {
    const trigger = `openbao.org/trigger-backup=${new Date().toISOString()}`;
    await k3d.kubectl('source', ['-n', source, 'annotate', 'openbaocluster', source, trigger, '--overwrite']);
  };

  /** Its Job is done, and for longer than the operator takes to notice, nothing has let go of the lock. */
  const lockSticks = (): Promise<string> =>
    waitUntil(
      async () => {
        const object = await k3d.read('source', cluster);
        const lock = lockOf(object);
        const heldForMs = Date.now() - Date.parse(lock?.acquiredAt ?? '');
        return lock?.operation === 'Backup' && heldForMs > 75_000 ? lock.holder : undefined;
      },
      { what: 'the lock of a second backup to stick', timeoutMs: 120_000, intervalMs: 1_000 },
    );

  it('is released before the next drill, which tells of its own backup what is true', async () => {
    const first = await k3d.run();
    expect(failedOf(first)).toEqual([]);
    // A cluster's first backup gets into its status.
    expect(checkOf(first, 'operator-backup-status')).toMatchObject({ outcome: 'passed' });
    expect(lockOf(await k3d.read('source', cluster))).toBeUndefined();

    await backUpByHand();
    await lockSticks();

    const second = await k3d.run();
    expect(failedOf(second)).toEqual([]);
    expect(second.reason).toContain('Every check passed');
    const { before, after } = seen.at(-1)!;
    expect(lockOf(before)).toMatchObject({ operation: 'Backup' });
    expect(lockOf(after)).toBeUndefined();
    // Released, the operator shows the backup that it had not noticed, not the drill's.
    expect(readOperatorCluster(after).backup.lastName).not.toBe(readOperatorCluster(before).backup.lastName);

    const said = checkOf(second, 'operator-backup-status');
    const now = await k3d.read('source', cluster);
    const shows = readOperatorCluster(now).backup.lastName === second.snapshot?.key;
    expect(said?.outcome).toBe(shows && lockOf(now) === undefined ? 'passed' : 'skipped');
    if (said?.outcome === 'skipped') expect(said.reason).toContain('/status/backup');
  });
});
