/**
 * Plays the OpenBao operator of one side, over a Kubernetes in memory: what was measured on a real one, faults included. The
 * work itself (a snapshot into a bucket, a restore) is the test's, on real servers.
 */
import { randomBytes } from 'node:crypto';
import type { OperationLock } from '../../domain/operator-lock.js';
import { operatorAnnotations, operatorApiVersion, operatorKinds } from '../../domain/operator-objects.js';
import { expectationFields } from '../../domain/operator-restore.js';
import { baseline } from '../../domain/topology.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../systems/kubernetes/cluster.js';
import {
  createKubernetesStandIn,
  type KubernetesFaults,
  kubernetesTime,
  type MutableObject,
  standInIssuer,
} from './kubernetes-stand-in.js';

export interface OperatorStandInOptions {
  readonly namespace: string;
  readonly cluster: string;
  readonly context?: string;
  /**
   * `completed`: the line whose restores end so. `held`: the newer one, which knows digests, says which trigger it has seen
   * to, and holds a restored cluster until it is told to go on.
   */
  readonly line?: 'completed' | 'held';
  readonly pathPrefix?: string;
  /** Takes a snapshot under this key. */
  readonly backUp?: (key: string) => Promise<void>;
  /** Restores the snapshot under this key. */
  readonly restore?: (key: string) => Promise<void>;
  /** Whether the operator can log in to its OpenBao; a held restore is not released before. */
  readonly canLogIn?: () => Promise<boolean>;
}

/** What goes wrong; a test sets it at any time. */
export interface OperatorFaults extends KubernetesFaults {
  /** How long the status of a backup lags behind its Job. */
  statusLagMs: number;
  /** The status of a backup never follows, and the lock stays. */
  statusSticks: boolean;
  /** The last line that a Job logs before it fails. */
  backupFails: string | undefined;
  restoreFails: string | undefined;
}

export interface OperatorStandIn extends Disposable {
  readonly cluster: Cluster;
  readonly faults: OperatorFaults;
  /** Kills the operator's pod: nothing is reconciled any more. Jobs that run go on. */
  kill(): void;
  revive(): void;
  /** Holds the cluster's lock as somebody else, or releases whatever lock there is. */
  setLock(lock: OperationLock | undefined): void;
  /** Changes an object as anybody with kubectl may. */
  change(ref: ObjectRef, change: (object: MutableObject) => void): void;
  /** All objects of a kind. */
  objects(kind: string): readonly KubernetesObject[];
  /** Every call that was to change something, as `verb kind name`. */
  readonly calls: readonly string[];
}

const tickMs = 10;
const backupHolder = 'openbaocluster/backup';

export const createOperatorStandIn = ({
  namespace,
  cluster: name,
  context = `test-${name}`,
  line = 'completed',
  pathPrefix = '',
  backUp = async () => undefined,
  restore = async () => undefined,
  canLogIn = async () => true,
}: OperatorStandInOptions): OperatorStandIn => {
  const kubernetes = createKubernetesStandIn(context, (removed) => {
    if (removed.kind !== operatorKinds.restores) return;
    // Its finalizer, and the garbage collector.
    if (lock()?.holder === holderOf(removed.name)) setLock(undefined);
    kubernetes.removed({ kind: 'jobs.batch', name: `restore-${removed.name}`, namespace });
  });
  const faults: OperatorFaults = Object.assign(kubernetes.faults, {
    statusLagMs: 0,
    statusSticks: false,
    backupFails: undefined,
    restoreFails: undefined,
  });
  kubernetes.put(operatorKinds.clusters, healthyCluster(name, namespace));
  kubernetes.put(operatorKinds.definitions, restoreDefinition(line === 'held'));

  const own = { kind: operatorKinds.clusters, name, namespace };
  const status = () => kubernetes.find(own)!.status as Record<string, unknown> & { backup: Record<string, unknown> };
  const lock = () => status()['operationLock'] as OperationLock | undefined;
  const setLock = (held: OperationLock | undefined) => {
    if (held === undefined) delete status()['operationLock'];
    else status()['operationLock'] = { acquiredAt: kubernetesTime(), ...held };
  };
  const labelsOf = (component: string) => ({ 'openbao.org/cluster': name, 'openbao.org/component': component });
  const jobsOf = (component: string) =>
    kubernetes.of('jobs.batch').filter(({ metadata }) => metadata.labels?.['openbao.org/component'] === component);

  /** When a Job was first seen to have ended, and whether its end is in the status. */
  const ended = new Map<string, { readonly sinceMs: number; written: boolean }>();
  const writeBackupStatus = () => {
    for (const { metadata, status: of } of jobsOf('backup')) {
      if (of?.['active'] !== undefined) continue;
      const end = ended.get(metadata.name) ?? { sinceMs: Date.now(), written: false };
      ended.set(metadata.name, end);
      if (end.written || faults.statusSticks || Date.now() - end.sinceMs < faults.statusLagMs) continue;
      end.written = true;
      const { backup } = status();
      if (of?.['succeeded'] === 1) {
        const key = metadata.annotations?.[operatorAnnotations.backupKey];
        Object.assign(backup, { lastBackupName: key, lastBackupTime: kubernetesTime(), consecutiveFailures: 0 });
        delete backup['lastFailureReason'];
      } else {
        backup['consecutiveFailures'] = Number(backup['consecutiveFailures'] ?? 0) + 1;
        backup['lastFailureReason'] = `Backup Job ${metadata.name} failed`;
      }
      if (lock()?.holder === backupHolder) setLock(undefined);
      status()['phase'] = 'Running';
    }
  };

  const takeTriggerUp = () => {
    const trigger = kubernetes.find(own)?.metadata.annotations?.[operatorAnnotations.triggerBackup];
    const busy = jobsOf('backup').some((job) => job.status?.['active'] !== undefined);
    // A lock of its own that sticks does not keep it from another backup.
    if (trigger === undefined || busy || (lock() !== undefined && lock()?.holder !== backupHolder)) return;
    const time = kubernetesTime();
    const file = `${time.replaceAll(':', '-')}-${randomBytes(4).toString('hex')}.snap`;
    const key = [pathPrefix, namespace, name, file].filter((part) => part !== '').join('/');
    setLock({ operation: 'Backup', holder: backupHolder });
    status()['phase'] = 'BackingUp';
    kubernetes.change(own, ({ metadata }) => {
      const others = Object.entries(metadata.annotations ?? {}).filter(
        ([annotation]) => annotation !== operatorAnnotations.triggerBackup,
      );
      metadata.annotations = Object.fromEntries(others);
    });
    if (line === 'held') status().backup['lastHandledManualTrigger'] = trigger;
    kubernetes.runJob({
      name: `backup-${name}-${time.replace(/[-:Z]/g, '').replace('T', '-')}-${jobsOf('backup').length}`,
      namespace,
      labels: labelsOf('backup'),
      annotations: { [operatorAnnotations.backupKey]: key },
      work: () => backUp(key),
      fails: faults.backupFails,
      keepsPod: true,
    });
  };

  const reconcileRestore = async (object: MutableObject) => {
    const holder = holderOf(object.metadata.name);
    const job = `restore-${object.metadata.name}`;
    const say = (phase: string, message: string, conditions: readonly object[] = []) => {
      object.status = { ...object.status, phase, message, conditions };
    };
    const finish = (phase: string, message: string, isGood: boolean) => {
      const reason = isGood ? 'RestoreSucceeded' : 'RestoreFailed';
      say(phase, message, [{ type: 'RestoreComplete', status: isGood ? 'True' : 'False', reason, message }]);
      object.status = { ...object.status, completionTime: kubernetesTime() };
      setLock(undefined);
    };
    const release = (state: 'True' | 'False', reason: string, message: string) =>
      say('Unknown', 'held', [{ type: 'RecoveryReleased', status: state, reason, message }]);

    switch (object.status?.['phase']) {
      case undefined:
        object.status = { startTime: kubernetesTime() };
        return say('Validating', 'Validating restore preconditions');
      case 'Validating': {
        const held = lock();
        if (held !== undefined && held.holder !== holder) {
          const { operation, holder: other } = held;
          return say('Validating', `Waiting for cluster operation lock: operation=${operation} holder=${other}`);
        }
        setLock({ operation: 'Restore', holder });
        return say('Running', 'Creating restore job');
      }
      case 'Running': {
        const found = jobsOf('restore').find(({ metadata }) => metadata.name === job);
        const { source } = object['spec'] as { source: { key: string } };
        if (found === undefined) {
          const work = () => restore(source.key);
          const fails = faults.restoreFails;
          return kubernetes.runJob({ name: job, namespace, labels: labelsOf('restore'), work, fails, keepsPod: false });
        }
        if (found.status?.['failed'] === 1) {
          return finish('Failed', 'Restore job failed: Job has reached the specified backoff limit', false);
        }
        if (found.status?.['succeeded'] !== 1) return say('Running', 'Restore job in progress');
        return line === 'held'
          ? release('False', 'AwaitingAcknowledgement', 'not acknowledged')
          : finish('Completed', 'Restore completed successfully', true);
      }
      case 'Unknown': {
        const told = object.metadata.annotations?.[operatorAnnotations.acknowledgeRestore];
        if (told !== `${object.metadata.uid}/Resume` || lock() === undefined) return;
        if (!(await canLogIn())) return release('False', 'OperatorAccessUnavailable', 'the operator cannot log in');
        setLock(undefined);
        object.status = { ...object.status, administratorDisposition: 'Resume' };
        return release('True', 'Resumed', 'the cluster is released');
      }
    }
  };

  const reconcile = async () => {
    const restores = kubernetes.of(operatorKinds.restores);
    for (const object of restores) await reconcileRestore(object);
    const phases = restores.map((object) => object.status?.['phase']);
    // A restore that waits or runs keeps it from looking at backups at all.
    if (phases.some((phase) => phase === undefined || phase === 'Validating' || phase === 'Running')) return;
    writeBackupStatus();
    takeTriggerUp();
  };
  let alive = true;
  let busy = false;
  const loop = setInterval(() => {
    if (!alive || busy) return;
    busy = true;
    void reconcile().finally(() => (busy = false));
  }, tickMs);

  return {
    cluster: kubernetes.cluster,
    faults,
    calls: kubernetes.calls,
    kill: () => {
      alive = false;
    },
    revive: () => {
      alive = true;
    },
    setLock,
    change: (ref, change) => {
      kubernetes.change(ref, change);
    },
    objects: (kind) => kubernetes.of(kind).map((object) => structuredClone(object)),
    [Symbol.dispose]: () => {
      clearInterval(loop);
      kubernetes[Symbol.dispose]();
    },
  };
};

/** Whom a real operator lets its OpenBao trust when it initialises it. */
export interface OperatorLogins {
  readonly issuer: string;
  readonly keySet: unknown;
  /** Role → its subject. */
  readonly roles: Readonly<Record<string, string>>;
  readonly audience: string;
}

export const operatorLogins = async (
  { cluster }: OperatorStandIn,
  namespace: string,
  name: string,
): Promise<OperatorLogins> => ({
  issuer: standInIssuer,
  keySet: await cluster.raw('/openid/v1/jwks'),
  roles: {
    'openbao-operator': 'system:serviceaccount:openbao-operator-system:openbao-operator-controller',
    'openbao-operator-backup': `system:serviceaccount:${namespace}:${name}-backup-serviceaccount`,
    'openbao-operator-restore': `system:serviceaccount:${namespace}:${name}-restore-serviceaccount`,
  },
  audience: baseline.operatorAudience,
});

const holderOf = (restore: string): string => `openbaorestore/${restore}`;

const healthyCluster = (name: string, namespace: string): KubernetesObject => ({
  apiVersion: operatorApiVersion,
  kind: 'OpenBaoCluster',
  metadata: { name, namespace },
  status: {
    phase: 'Running',
    backup: {},
    conditions: [
      { type: 'Available', status: 'True' },
      { type: 'OpenBaoInitialized', status: 'True' },
      { type: 'OpenBaoSealed', status: 'False' },
    ],
  },
});

const restoreDefinition = (knowsDigests: boolean): KubernetesObject => {
  const fields = ['target', 'key', ...(knowsDigests ? expectationFields : [])];
  const source = { properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])) };
  const schema = { openAPIV3Schema: { properties: { spec: { properties: { source } } } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: operatorKinds.restores },
    spec: { versions: [{ name: 'v1alpha1', served: true, storage: true, schema }] },
  };
};
