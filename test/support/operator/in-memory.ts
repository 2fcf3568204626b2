/** The operator's stand-in over a Kubernetes in memory: quick, and anything can go wrong with it. */
import type { OperationLock } from '../../../systems/openbao-operator/lock.js';
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../../systems/kubernetes/cluster.js';
import { createKubernetesStandIn, type KubernetesFaults } from '../kubernetes/stand-in.js';
import type { BackupFaults } from './backups.js';
import { type OperatorLine, startOperatorController } from './controller.js';
import { clusterObject, healthyStatus, operatorDefinitions } from './definitions.js';
import { type JobProgram, programOfJobs } from './jobs/jobs.js';
import { kubernetesTime, type MutableObject } from './objects-in-memory.js';

export interface OperatorStandInOptions {
  readonly namespace: string;
  readonly cluster: string;
  readonly context?: string;
  readonly line?: OperatorLine;
  /** Takes a snapshot under this key. */
  readonly backUp?: (key: string) => Promise<void>;
  /** Restores the snapshot under this key. */
  readonly restore?: (key: string) => Promise<void>;
  /** Whether the operator can log in to its OpenBao; a held restore is not released before. */
  readonly canLogIn?: () => Promise<boolean>;
}

/** What goes wrong; a test sets it at any time. */
export interface OperatorFaults extends KubernetesFaults, BackupFaults {
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

const intervalMs = 10;

export const createOperatorStandIn = ({
  namespace,
  cluster: name,
  context = `test-${name}`,
  line = 'completed',
  backUp = async () => undefined,
  restore = async () => undefined,
  canLogIn = async () => true,
}: OperatorStandInOptions): OperatorStandIn => {
  const program: JobProgram = async ({ component, key }, say) => {
    const words = component === 'backup' ? faults.backupFails : faults.restoreFails;
    if (words !== undefined) {
      say('starting');
      throw new Error(words);
    }
    await (component === 'backup' ? backUp(key) : restore(key));
  };
  const kubernetes = createKubernetesStandIn({ context, program: programOfJobs(program) });
  const { objects, unhindered } = kubernetes;
  const faults: OperatorFaults = Object.assign(kubernetes.faults, {
    statusLagMs: 0,
    statusSticks: false,
    backupFails: undefined,
    restoreFails: undefined,
  });
  objects.put({ ...clusterObject(name, namespace), status: healthyStatus });
  for (const definition of operatorDefinitions(line)) objects.put(definition);
  const controller = startOperatorController({
    ...{ cluster: unhindered, namespace, name, line, faults, canLogIn },
    intervalMs,
  });

  const own = { kind: operatorKinds.clusters, name, namespace };
  return {
    cluster: kubernetes.cluster,
    faults,
    calls: kubernetes.calls,
    kill: () => controller.kill(),
    revive: () => controller.revive(),
    setLock: (lock) => {
      const operationLock = lock === undefined ? null : { acquiredAt: kubernetesTime(), ...lock };
      objects.merge(own, { status: { operationLock } }, 'status');
    },
    change: (ref, change) => {
      objects.change(ref, change);
    },
    objects: (kind) => objects.of(kind).map((object) => structuredClone(object)),
    [Symbol.dispose]: () => {
      void controller.stop();
      kubernetes[Symbol.dispose]();
    },
  };
};
