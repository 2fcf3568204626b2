/**
 * A node of a real cluster on which nothing runs but the operator's Jobs, and those as functions of the test's own process.
 *
 * Real: the Node, Jobs and Pods as objects of the API server; its admission; the Job controller, which makes the pods, counts
 * their failures and removes those of a restore that has failed; the scheduler, which puts them here; the garbage collector;
 * `kubectl logs`, through the API server's way to a node.
 *
 * Played: the kubelet. It writes the states of pods as one would, and lets pods go that are to go. Images are never pulled, and
 * the container is a function of this process.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isKnownFailure } from '../../../../domain/known-failure.js';
import { textAt, valueAt } from '../../../../domain/fields.js';
import type { Cluster, KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { type ContainerProgram, runContainer } from './container.js';
import { serveContainerLogs } from './container-logs.js';
import { standInLabels } from '../definitions.js';
import { standInNodeLabel } from './jobs.js';
import { kubernetesTime } from '../objects-in-memory.js';

export interface StandInNodeOptions {
  /** As an administrator. */
  readonly cluster: Cluster;
  readonly name: string;
  /** Of this machine, as the API server reaches it. */
  readonly address: string;
  /** The only one whose pods it runs. */
  readonly namespace: string;
  readonly program: ContainerProgram;
  /** Pause between two looks. Default: 500 ms. */
  readonly intervalMs?: number;
  /** How long a container goes on that has said why it fails. Default: 6 s, in which every driver looks at it. */
  readonly lingersMs?: number;
}

/** A node that says nothing for 50 s passes for dead. */
const heartbeatMs = 10_000;

export const startStandInNode = async ({
  cluster,
  name,
  address,
  namespace,
  program,
  intervalMs = 500,
  lingersMs = 6_000,
}: StandInNodeOptions): Promise<AsyncDisposable> => {
  const logs = new Map<string, string[]>();
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const endpoint = await serveContainerLogs(address, (space, pod) => logs.get(`${space}/${pod}`));
  const ref = { kind: 'nodes', name };
  const beat = () =>
    cluster.patch(ref, { status: nodeStatus(address, endpoint.port) }, { subresource: 'status' }).then(() => undefined);

  await cluster.remove(ref);
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...standInLabels, [standInNodeLabel]: '' } },
    // For nobody else's pods.
    spec: { taints: [{ key: standInNodeLabel, effect: 'NoSchedule' }] },
  });
  await beat();

  /** Until it is written, as a kubelet does; or until there is no such pod any more. */
  const write = (pod: KubernetesObject, status: object): Promise<true> =>
    waitUntil(
      () =>
        cluster.patch(podRef(pod), { status }, { subresource: 'status' }).then(
          () => true as const,
          (error: unknown) => {
            if (isKnownFailure(error, 'KubernetesObjectMissing')) return true as const;
            if (isKnownFailure(error) && error.retryable) return undefined;
            throw error;
          },
        ),
      { what: `the state of ${pod.metadata.name} to be written`, timeoutMs: 120_000, intervalMs },
    );

  const run = async (pod: KubernetesObject): Promise<void> => {
    const log: string[] = [];
    logs.set(`${namespace}/${pod.metadata.name}`, log);
    const startedAt = kubernetesTime();
    await write(pod, runs(pod, startedAt));
    const end = await runContainer({ pod, program, log, lingersMs, signal: stopping.signal });
    await write(pod, end === 'succeeded' ? succeeded(pod, startedAt) : failed(pod, startedAt));
  };

  const look = async (): Promise<void> => {
    const pods = await cluster.list('pods', { namespace, fieldSelector: `spec.nodeName=${name}` });
    for (const pod of pods) {
      const { uid = '', deletionTimestamp } = pod.metadata;
      if (deletionTimestamp !== undefined) {
        await cluster.remove(podRef(pod), { gracePeriodSeconds: 0, wait: false });
      } else if (textAt(pod, 'status', 'phase') === 'Pending' && !running.has(uid)) {
        running.set(
          uid,
          run(pod).catch((error: unknown) => {
            if (!stopping.signal.aborted) throw error;
          }),
        );
      }
    }
  };

  const repeat = async (what: () => Promise<void>, everyMs: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      await what().catch(unlessKnown);
      await pause(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const loops = [repeat(look, intervalMs), repeat(beat, heartbeatMs)];

  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(loops);
      await cluster.remove(ref);
      await endpoint[Symbol.asyncDispose]();
    },
  };
};

const podRef = ({ metadata: { name, namespace = '' } }: KubernetesObject) => ({ kind: 'pods', name, namespace });

const nodeStatus = (address: string, port: number) => {
  const room = { cpu: '4', memory: '8Gi', pods: '20', 'ephemeral-storage': '100Gi' };
  const ready = { type: 'Ready', status: 'True', reason: 'StandIn', message: 'runs functions of a test' };
  return {
    addresses: [{ type: 'InternalIP', address }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    capacity: room,
    allocatable: room,
    conditions: [{ ...ready, lastHeartbeatTime: kubernetesTime() }],
  };
};

const containerOf = (pod: KubernetesObject) => {
  const [container] = valueAt(pod, 'spec', 'containers') as readonly { name: string; image: string }[];
  return { name: container!.name, image: container!.image, imageID: '', ready: false, restartCount: 0 };
};

const terminated = (startedAt: string, exitCode: number) => ({
  terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt: kubernetesTime() },
});

const runs = (pod: KubernetesObject, startedAt: string) => ({
  phase: 'Running',
  startTime: startedAt,
  containerStatuses: [{ ...containerOf(pod), ready: true, started: true, state: { running: { startedAt } } }],
});

const succeeded = (pod: KubernetesObject, startedAt: string) => ({
  phase: 'Succeeded',
  containerStatuses: [{ ...containerOf(pod), state: terminated(startedAt, 0) }],
});

/** With `OnFailure` a kubelet starts the container again, in the same pod; the Job controller counts that. */
const failed = (pod: KubernetesObject, startedAt: string) =>
  valueAt(pod, 'spec', 'restartPolicy') === 'OnFailure'
    ? {
        phase: 'Running',
        containerStatuses: [
          {
            ...containerOf(pod),
            restartCount: 1,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: terminated(startedAt, 1),
          },
        ],
      }
    : { phase: 'Failed', containerStatuses: [{ ...containerOf(pod), state: terminated(startedAt, 1) }] };

/** A kubelet goes on, too. */
const unlessKnown = (error: unknown): void => {
  if (!isKnownFailure(error)) throw error;
  process.stderr.write(`the stand-in's node: ${error.message}\n`);
};
