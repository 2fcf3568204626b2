/**
 * Plays the OpenBao operator of one side: what was measured on a real one, faults included. It sees its Kubernetes through the
 * program's own port alone, so that it is the same on a cluster in memory and on a real API server. What its Jobs do is not its
 * business: whoever runs their pods does that.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isKnownFailure } from '../../../domain/known-failure.js';
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import type { Cluster } from '../../../systems/kubernetes/cluster.js';
import { type BackupFaults, createBackups } from './backups.js';
import { ownCluster } from './own-cluster.js';
import { createRestores, isUnderWay } from './restores.js';

/**
 * `completed`: the line whose restores end so. `held`: the newer one, which knows digests, says which trigger it has seen to,
 * and holds a restored cluster until it is told to go on.
 */
export type OperatorLine = 'completed' | 'held';

export interface Reconciler {
  /** As the operator's own identity. */
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Of the `OpenBaoCluster`. */
  readonly name: string;
  readonly line: OperatorLine;
  readonly faults: BackupFaults;
  /** Whether the operator can log in to its OpenBao; a held restore is not released before. */
  readonly canLogIn: () => Promise<boolean>;
}

export interface ControllerOptions extends Reconciler {
  /** Pause between two looks where there is nothing to do. */
  readonly intervalMs: number;
}

export interface OperatorController {
  /** Kills the operator's pod: nothing is reconciled any more. Jobs that run go on. */
  kill(): void;
  revive(): void;
  /** For good; resolves once it has let go of what it was at. */
  stop(): Promise<void>;
}

/** One call for all it looks at: on a real API server each is a process. */
const watched = [operatorKinds.clusters, operatorKinds.restores, 'jobs.batch'].join(',');

export const startOperatorController = ({ intervalMs, ...reconciler }: ControllerOptions): OperatorController => {
  const { cluster, namespace, name } = reconciler;
  const reconcileRestore = createRestores(reconciler);
  const reconcileBackups = createBackups(reconciler);
  const stopping = new AbortController();
  let alive = true;

  /** Whether it has changed anything. */
  const reconcile = async (): Promise<boolean> => {
    const found = await cluster.list(watched, { namespace });
    const of = (kind: string) => found.filter((object) => object.kind === kind);
    const object = of('OpenBaoCluster').find(({ metadata }) => metadata.name === name);
    if (object === undefined) return false;
    const own = ownCluster(cluster, object);
    const [restores, jobs] = [of('OpenBaoRestore'), of('Job')];
    let changed = false;
    for (const restore of restores) changed = (await reconcileRestore(restore, own, jobs)) || changed;
    if (changed || restores.some(isUnderWay)) return changed;
    return reconcileBackups(own, jobs);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const changed = alive && (await reconcile().catch(looksAgain));
      if (!changed) await pause(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run();

  return {
    kill: () => {
      alive = false;
    },
    revive: () => {
      alive = true;
    },
    stop: () => {
      stopping.abort();
      return running;
    },
  };
};

/** As every controller does when somebody else was quicker, or the API server does not answer. */
const looksAgain = (error: unknown): false => {
  if (!isKnownFailure(error)) throw error;
  if (!expected.includes(error.type)) process.stderr.write(`the stand-in of the operator: ${error.message}\n`);
  return false;
};

const expected = ['KubernetesConflict', 'KubernetesObjectMissing', 'KubernetesObjectExists', 'KubernetesUnreachable'];
