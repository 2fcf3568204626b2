/** Plays how the operator goes through one `OpenBaoRestore`, one step at a time, as either of its lines does. */
import { textAt, valueAt } from '../../../domain/fields.js';
import { operatorAnnotations, operatorKinds } from '../../../systems/openbao-operator/objects.js';
import { expectationFields } from '../../../systems/openbao-operator/restore.js';
import type { KubernetesObject } from '../../../systems/kubernetes/cluster.js';
import type { Reconciler } from './controller.js';
import { jobObject } from './jobs/jobs.js';
import { kubernetesTime } from './objects-in-memory.js';
import { ensureAccount, type OwnCluster } from './own-cluster.js';

/** Answers whether it has changed anything. */
export type ReconcileRestore = (
  restore: KubernetesObject,
  own: OwnCluster,
  jobs: readonly KubernetesObject[],
) => Promise<boolean>;

const finalizer = 'openbao.org/restore-lock';

export const createRestores = ({ cluster, namespace, name, line, canLogIn }: Reconciler): ReconcileRestore => {
  const refOf = ({ metadata }: KubernetesObject) => ({
    kind: operatorKinds.restores,
    name: metadata.name,
    namespace,
  });
  const write = async (restore: KubernetesObject, status: Readonly<Record<string, unknown>>): Promise<true> => {
    await cluster.patch(refOf(restore), { status }, { subresource: 'status' });
    return true;
  };
  const say = (restore: KubernetesObject, phase: string, message: string, conditions: readonly object[] = []) =>
    write(restore, { phase, message, conditions });

  const begin = async (restore: KubernetesObject): Promise<true> => {
    await cluster.patch(refOf(restore), { metadata: { finalizers: [finalizer] } });
    return write(restore, {
      startTime: kubernetesTime(),
      phase: 'Validating',
      message: 'Validating restore preconditions',
    });
  };

  const lock: ReconcileRestore = async (restore, own) => {
    const held = own.lock();
    const holder = holderOf(restore);
    if (held !== undefined && held.holder !== holder) {
      const message = `Waiting for cluster operation lock: operation=${held.operation} holder=${held.holder}`;
      return textAt(restore, 'status', 'message') === message ? false : say(restore, 'Validating', message);
    }
    await own.write({ operationLock: { operation: 'Restore', holder, acquiredAt: kubernetesTime() } });
    return say(restore, 'Running', 'Creating restore job');
  };

  const startJob = async (restore: KubernetesObject): Promise<true> => {
    const source = valueAt(restore, 'spec', 'source') as Readonly<Record<string, unknown>>;
    const request = { component: 'restore', namespace, cluster: name } as const;
    await ensureAccount(cluster, request);
    await cluster.create(
      jobObject({
        name: jobOf(restore),
        owner: restore,
        request: {
          ...request,
          key: String(source['key']),
          role: textAt(restore, 'spec', 'jwtAuthRole'),
          storage: source['target'],
          expected: Object.fromEntries(
            expectationFields.flatMap((field) => (source[field] === undefined ? [] : [[field, source[field]]])),
          ),
        },
        image: textAt(restore, 'spec', 'image'),
      }),
    );
    return say(restore, 'Running', 'Restore job running');
  };

  const finish = async (restore: KubernetesObject, own: OwnCluster, phase: 'Completed' | 'Failed', message: string) => {
    const [status, reason] = phase === 'Completed' ? ['True', 'RestoreSucceeded'] : ['False', 'RestoreFailed'];
    await own.write({ operationLock: null });
    const conditions = [{ type: 'RestoreComplete', status, reason, message }];
    return write(restore, { phase, message, conditions, completionTime: kubernetesTime() });
  };

  const follow: ReconcileRestore = async (restore, own, jobs) => {
    const job = jobs.find(({ metadata }) => metadata.name === jobOf(restore));
    if (job === undefined) return startJob(restore);
    if (valueAt(job, 'status', 'failed') === 1) {
      return finish(restore, own, 'Failed', 'Restore job failed: Job has reached the specified backoff limit');
    }
    if (valueAt(job, 'status', 'succeeded') === 1) {
      return line === 'held'
        ? hold(restore, 'False', 'AwaitingAcknowledgement', 'not acknowledged')
        : finish(restore, own, 'Completed', 'Restore completed successfully');
    }
    return false;
  };

  const hold = (restore: KubernetesObject, status: 'True' | 'False', reason: string, message: string) =>
    say(restore, 'Unknown', 'held', [{ type: 'RecoveryReleased', status, reason, message }]);

  const letGo: ReconcileRestore = async (restore, own) => {
    const told = restore.metadata.annotations?.[operatorAnnotations.acknowledgeRestore];
    const isOver = textAt(restore, 'status', 'administratorDisposition') !== undefined;
    if (isOver || told !== `${restore.metadata.uid}/Resume`) return false;
    if (!(await canLogIn())) {
      await hold(restore, 'False', 'OperatorAccessUnavailable', 'the operator cannot log in');
      // It looks again by itself, a while later.
      return false;
    }
    await own.write({ operationLock: null });
    await hold(restore, 'True', 'Resumed', 'the cluster is released');
    return write(restore, { administratorDisposition: 'Resume' });
  };

  /** Gives the lock back that it may have. Its Job goes with it, and is the garbage collector's. */
  const remove: ReconcileRestore = async (restore, own) => {
    if (restore.metadata.finalizers?.includes(finalizer) !== true) return false;
    if (own.lock()?.holder === holderOf(restore)) await own.write({ operationLock: null });
    const finalizers = restore.metadata.finalizers.filter((other) => other !== finalizer);
    await cluster.patch(refOf(restore), { metadata: { finalizers } });
    return true;
  };

  return async (restore, own, jobs) => {
    if (restore.metadata.deletionTimestamp !== undefined) return remove(restore, own, jobs);
    switch (textAt(restore, 'status', 'phase')) {
      case undefined:
        return begin(restore);
      case 'Validating':
        return lock(restore, own, jobs);
      case 'Running':
        return follow(restore, own, jobs);
      case 'Unknown':
        return letGo(restore, own, jobs);
      default:
        return false;
    }
  };
};

/** One that waits or runs keeps the operator from looking at backups at all. */
export const isUnderWay = (restore: KubernetesObject): boolean =>
  [undefined, 'Validating', 'Running'].includes(textAt(restore, 'status', 'phase'));

const holderOf = ({ metadata }: KubernetesObject): string => `openbaorestore/${metadata.name}`;

const jobOf = ({ metadata }: KubernetesObject): string => `restore-${metadata.name}`;
