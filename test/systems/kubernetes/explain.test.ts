import { describe, expect, it } from 'vitest';
import { KnownFailure } from '../../../domain/known-failure.js';
import { type Cluster, type KubernetesEvent, type KubernetesObject } from '../../../systems/kubernetes/cluster.js';
import { explainWorkload, podProblem } from '../../../systems/kubernetes/explain.js';
import { podOf, warning } from './support.js';

const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const running = (containerStatus: object, phase = 'Running') => ({
  phase,
  conditions: [{ type: 'Ready', status: 'False', message: 'containers with unready status: [c]' }],
  containerStatuses: [{ name: 'c', image: 'traefik:v3', restartCount: 0, ready: false, ...containerStatus }],
});

describe('podProblem', () => {
  it('finds nothing wrong with pods that are ready, or have done their work', () => {
    expect(podProblem(podOf(ready), [warning('Unhealthy', 'a while ago')])).toBeUndefined();
    expect(podProblem(podOf({ phase: 'Succeeded' }), [])).toBeUndefined();
  });

  it.each([
    [
      'an image that cannot be had',
      running({ state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "traefik:v3"' } } }),
      'container c of pod a-0 does not get its image traefik:v3 (ImagePullBackOff): Back-off pulling image "traefik:v3"',
    ],
    [
      'a node that is not to be found',
      {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes: Insufficient cpu.' },
        ],
      },
      'pod a-0 finds no node: 0/1 nodes: Insufficient cpu.',
    ],
    [
      'a Secret that is missing',
      running({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "tls" not found' } } }),
      'container c of pod a-0 cannot be started (CreateContainerConfigError): secret "tls" not found',
    ],
    [
      'a program that ends again and again',
      running({
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
      }),
      'container c of pod a-0 ended with exit code 137 (OOMKilled), and was started again 4 times',
    ],
    [
      'a container of the set-up that failed',
      {
        phase: 'Pending',
        conditions: [{ type: 'Ready', status: 'False' }],
        initContainerStatuses: [
          { name: 'first', ready: true, state: { terminated: { exitCode: 0 } } },
          { name: 'second', ready: false, restartCount: 1, state: { terminated: { exitCode: 2, reason: 'Error' } } },
        ],
      },
      'container second of pod a-0 ended with exit code 2, and was started again once',
    ],
    [
      'an eviction',
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      'pod a-0 failed: Evicted: The node was low on resource: memory.',
    ],
    [
      'readiness alone',
      running({ state: { running: {} } }),
      'pod a-0 is Running and not ready: containers with unready status: [c]',
    ],
  ])('names %s', (_, status, sentence) => {
    expect(podProblem(podOf(status), [])?.sentence).toBe(sentence);
  });

  it('names a volume that cannot be mounted before other warnings, and of this pod alone', () => {
    const pod = podOf(running({ state: { waiting: { reason: 'ContainerCreating' } } }, 'Pending'));
    const events = [
      warning('FailedMount', 'of another', { kind: 'Pod', name: 'b-0' }),
      warning('FailedMount', 'secret "tls" not found'),
      warning('Other', 'later'),
    ];
    expect(podProblem(pod, events)?.sentence).toBe('pod a-0 waits for a volume (FailedMount): secret "tls" not found');
  });

  it('names the latest warning where states say nothing', () => {
    const pod = podOf(running({ state: { running: {} } }));
    expect(podProblem(pod, [warning('Unhealthy', 'old'), warning('Unhealthy', 'HTTP 503')])?.sentence).toBe(
      'pod a-0 is not ready (Unhealthy): HTTP 503',
    );
  });

  it('names a pod that has been told to end', () => {
    const pod = podOf(ready);
    const leaving = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(podProblem(leaving, [])?.sentence).toContain('has been told to end at 2026-01-01T00:00:00Z');
  });
});

const clusterOf = (
  objects: Readonly<Record<string, readonly KubernetesObject[]>>,
  events: readonly KubernetesEvent[] = [],
  logs: Cluster['logs'] = async () => Promise.reject(new KnownFailure('KubernetesObjectMissing', 'none')),
): Pick<Cluster, 'list' | 'events' | 'logs'> => ({
  list: async (kind) => objects[kind] ?? [],
  events: async () => events,
  logs,
});
const selection = { namespace: 'n', selector: 'app=a' };
const crashing = podOf(
  running({
    restartCount: 1,
    state: { running: {} },
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  }),
);

describe('explainWorkload', () => {
  it('has nothing to say of pods that are ready', async () => {
    expect(await explainWorkload(clusterOf({ pods: [podOf(ready)] }), selection)).toBeUndefined();
  });

  it('repeats no secret that a container has logged', async () => {
    const token = `hvs.${'a1b2c3d4'.repeat(4)}`;
    const cluster = clusterOf({ pods: [crashing] }, [], async () => `permission denied, token=${token}\n`);
    const explained = await explainWorkload(cluster, selection);
    expect(explained).toContain('permission denied');
    expect(explained).not.toContain(token);
  });

  it('adds the last line of the log of the container that ended', async () => {
    const asked: unknown[] = [];
    const cluster = clusterOf({ pods: [podOf(ready, 'b-0'), crashing] }, [], async (request) => {
      asked.push(request);
      return 'starting\n  error: no\n such file \n\n';
    });
    expect(await explainWorkload(cluster, selection)).toBe(
      'container c of pod a-0 ended with exit code 1, and was started again once; its last line: such file',
    );
    expect(asked).toEqual([{ namespace: 'n', pod: 'a-0', container: 'c', previous: true, tailLines: 5 }]);
  });

  it('does without the log where there is none', async () => {
    expect(await explainWorkload(clusterOf({ pods: [crashing] }), selection)).toMatch(/started again once$/);
  });

  it('tells why no pod could be made', async () => {
    const set: KubernetesObject = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'a' } };
    const events = [
      warning('FailedCreate', 'pods "a-0" is forbidden: exceeded quota: q', { kind: 'StatefulSet', name: 'a' }),
      warning('FailedCreate', 'of another', { kind: 'StatefulSet', name: 'b' }),
    ];
    expect(await explainWorkload(clusterOf({ 'statefulsets.apps': [set] }, events), selection)).toBe(
      'StatefulSet a could not make a pod: pods "a-0" is forbidden: exceeded quota: q',
    );
  });

  it('tells that there is nothing that would make a pod', async () => {
    expect(await explainWorkload(clusterOf({}), selection)).toBe(
      'there is no pod with app=a, and nothing that would make one',
    );
  });

  it('says it in one short line', async () => {
    const status = running({ state: { waiting: { reason: 'ErrImagePull', message: 'no\nsuch image '.repeat(100) } } });
    const said = await explainWorkload(clusterOf({ pods: [podOf(status)] }), selection);
    expect(said).not.toContain('\n');
    expect(said?.length).toBeLessThanOrEqual(300);
  });
});
