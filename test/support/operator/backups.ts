/** Plays how the operator takes a backup that it was asked for, and how its status follows. */
import { randomBytes } from 'node:crypto';
import { textAt, valueAt } from '../../../domain/fields.js';
import { backupPrefix, readBackupJob } from '../../../systems/openbao-operator/backup.js';
import { operatorAnnotations, operatorKinds } from '../../../systems/openbao-operator/objects.js';
import type { KubernetesObject } from '../../../systems/kubernetes/cluster.js';
import type { Reconciler } from './controller.js';
import { jobObject } from './jobs/jobs.js';
import { kubernetesTime } from './objects-in-memory.js';
import { ensureAccount, isJobOf, type OwnCluster } from './own-cluster.js';

export interface BackupFaults {
  /** How long the status of a backup lags behind its Job. */
  statusLagMs: number;
  /** The status of a backup never follows, and the lock stays: until somebody removes `/status/backup`. */
  statusSticks: boolean;
}

export const backupHolder = 'openbaocluster/backup';

/** Answers whether it has changed anything. */
export type ReconcileBackups = (own: OwnCluster, jobs: readonly KubernetesObject[]) => Promise<boolean>;

export const createBackups = ({ cluster, namespace, name, line, faults }: Reconciler): ReconcileBackups => {
  /** By the uid of a Job: when it was first seen to have ended, and whether its end is in the status. */
  const ended = new Map<string, { readonly sinceMs: number; written: boolean }>();

  const writeStatus = async (own: OwnCluster, jobs: readonly KubernetesObject[]): Promise<boolean> => {
    const over = jobs.map(readBackupJob).filter(({ state }) => state !== 'active');
    for (const { uid } of over) {
      if (!ended.has(uid)) ended.set(uid, { sinceMs: Date.now(), written: false });
    }
    const isWrittenAnew = own.backupStatus() === undefined;
    const due = over.filter(({ uid }) => {
      const { sinceMs, written } = ended.get(uid)!;
      return !written && (isWrittenAnew || (!faults.statusSticks && Date.now() - sinceMs >= faults.statusLagMs));
    });
    const last = due.at(-1);
    if (last === undefined) return false;
    const failures = Number(own.backupStatus()?.['consecutiveFailures'] ?? 0);
    await own.write({
      phase: 'Running',
      backup:
        last.state === 'succeeded'
          ? {
              lastBackupName: last.key,
              lastBackupTime: kubernetesTime(),
              consecutiveFailures: 0,
              lastFailureReason: null,
            }
          : { consecutiveFailures: failures + 1, lastFailureReason: `Backup Job ${last.name} failed` },
      ...(own.lock()?.holder === backupHolder && { operationLock: null }),
    });
    for (const { uid } of due) ended.get(uid)!.written = true;
    return true;
  };

  const takeTriggerUp = async (own: OwnCluster, jobs: readonly KubernetesObject[]): Promise<boolean> => {
    const owner = own.object();
    const trigger = owner.metadata.annotations?.[operatorAnnotations.triggerBackup];
    const busy = jobs.map(readBackupJob).some(({ state }) => state === 'active');
    // A lock of its own that sticks does not keep it from another backup.
    const locked = own.lock() !== undefined && own.lock()?.holder !== backupHolder;
    if (trigger === undefined || busy || locked) return false;
    const time = kubernetesTime();
    const storage = valueAt(owner, 'spec', 'backup', 'target');
    const file = `${time.replaceAll(':', '-')}-${randomBytes(4).toString('hex')}.snap`;
    const key = `${backupPrefix(textAt(storage, 'pathPrefix') ?? '', namespace, name)}${file}`;
    await own.write({
      phase: 'BackingUp',
      operationLock: { operation: 'Backup', holder: backupHolder, acquiredAt: time },
      ...(line === 'held' && { backup: { lastHandledManualTrigger: trigger } }),
    });
    const request = { component: 'backup', namespace, cluster: name } as const;
    await ensureAccount(cluster, request);
    await cluster.create(
      jobObject({
        name: `backup-${name}-${time.replace(/[-:Z]/g, '').replace('T', '-')}-${jobs.length}`,
        owner,
        annotations: { [operatorAnnotations.backupKey]: key },
        request: { ...request, key, role: textAt(owner, 'spec', 'backup', 'jwtAuthRole'), storage },
        image: textAt(owner, 'spec', 'backup', 'image'),
      }),
    );
    await cluster.annotate(
      { kind: operatorKinds.clusters, name, namespace },
      { [operatorAnnotations.triggerBackup]: null },
    );
    return true;
  };

  return async (own, all) => {
    const jobs = all.filter((job) => isJobOf(job, name, 'backup'));
    return (await writeStatus(own, jobs)) || takeTriggerUp(own, jobs);
  };
};
