import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { KnownFailure } from '../../../../../domain/known-failure.js';
import { createPlayedEdge, openBaoCluster, type PlayedEdge } from '../played-edge.js';
import type { TestK3dLane } from '../test-lane.js';

interface Role {
  readonly metadata: { readonly namespace: string };
  readonly rules: readonly {
    readonly verbs: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames: readonly string[];
  }[];
}

let edge: PlayedEdge;
let test: TestK3dLane;

beforeEach(async () => {
  edge = await createPlayedEdge();
  ({ test } = edge);
});
afterEach(() => edge[Symbol.asyncDispose]());

describe('a fence of a k3d lane', () => {
  it('is there once the edge refuses, and answers the first time again', async () => {
    const before = new Date().toISOString();
    const { fencedAt } = await test.lane.edges.fence('source');
    expect(fencedAt >= before).toBe(true);
    expect(edge.isListening()).toBe(false);
    expect(await test.lane.edges.fence('source')).toEqual({ fencedAt });
    expect((await test.record()).fenced).toEqual({ source: fencedAt });
  });

  it('is lifted when the edge answers again', async () => {
    await test.lane.edges.fence('source');
    await test.lane.edges.liftFence('source');
    expect(edge.isListening()).toBe(true);
    expect((await test.record()).fenced).toEqual({});
  });
});

describe('the loss of a side', () => {
  it('has the operator leave the cluster alone before the server ends, then shuts the edge', async () => {
    const { source } = test.kubernetes;
    const { lostAt, how } = await test.lane.servers.lose('source');
    expect(how).toBe('killed in its container, without being told');
    expect(source.calls.filter((call) => /^(patch|exec|scale)/.test(call))).toEqual([
      'patch openbaoclusters.openbao.org openbaocluster-dr-source',
      'exec pods openbaocluster-dr-source-0',
      'scale statefulsets.apps openbaocluster-dr-source',
      'scale deployments.apps traefik',
    ]);
    const { fenced, lost } = await test.record();
    expect(lost).toEqual({ source: lostAt });
    expect(fenced!.source! >= lostAt).toBe(true);
    source.onExec = () => Promise.reject(new KnownFailure('KubernetesObjectMissing', 'There is no such object'));
    expect(await test.lane.servers.lose('source')).toEqual({ lostAt, how });
  });

  it('asks whether it may kill for the one right that rbac/kill.yaml gives', async () => {
    const asked: unknown[] = [];
    test.kubernetes.source.mayDo = ({ verb, resource, subresource, name, namespace }) => {
      asked.push({ verb, resource: `${resource}/${subresource ?? ''}`, name, namespace });
      return false;
    };
    await test.lane.servers.lose('source');
    const file = new URL('../../../../../infra/lanes/k3d/rbac/kill.yaml', import.meta.url);
    const [role] = parseAllDocuments(await readFile(file, 'utf8')).map((document) => document.toJS() as Role);
    const given = role!.rules.flatMap(({ verbs, resources, resourceNames }) =>
      verbs.flatMap((verb) =>
        resources.flatMap((resource) =>
          resourceNames.map((name) => ({ verb, resource, name, namespace: role!.metadata.namespace })),
        ),
      ),
    );
    expect(asked).toEqual(given);
  });

  it('removes the pod, and says so, where nobody may run a program in it', async () => {
    const { source } = test.kubernetes;
    source.mayDo = ({ subresource }) => subresource !== 'exec';
    const { how } = await test.lane.servers.lose('source');
    expect(source.calls.filter((call) => call.startsWith('exec'))).toEqual([]);
    expect(how).toContain('told to end, with its pod');
    expect(how).toContain('may not run programs in it');
  });

  it.each([
    ['its image has no shell', 'KubernetesCommandMissing'],
    ['its processes could not be signalled', 'KubernetesCommandFailed'],
    ['AdmissionRefused', 'AdmissionRefused'],
  ])('removes the pod, and says why it was not killed: %s', async (why, type) => {
    test.kubernetes.source.onExec = () => Promise.reject(new KnownFailure(type, 'refused'));
    expect((await test.lane.servers.lose('source')).how).toContain(`could not be killed in its container: ${why}; `);
  });

  it('claims nothing of a server that was gone before it could be killed, and nothing of an earlier loss', async () => {
    const { source } = test.kubernetes;
    await test.change((record) => {
      record.lossOf = { source: 'killed in its container, without being told' };
    });
    source.onExec = () => Promise.reject(new KnownFailure('KubernetesObjectMissing', 'There is no such object'));
    expect((await test.lane.servers.lose('source')).how).toBe('its pod was gone already: how it ended, nobody saw');
  });

  it.each([
    [0, 'it ended in order'],
    [1, 'it did not end in order (exit code 1)'],
  ])('says of a container that ended with %i that %s', async (exitCode, said) => {
    const { source } = test.kubernetes;
    source.mayDo = () => false;
    const labels = { 'app.kubernetes.io/name': 'openbao', 'openbao.org/cluster': openBaoCluster.name };
    const metadata = { name: `${openBaoCluster.name}-0`, namespace: openBaoCluster.namespace, labels };
    const ended = { containerStatuses: [{ name: 'openbao', state: { terminated: { exitCode } } }] };
    source.put('pods', { apiVersion: 'v1', kind: 'Pod', metadata, status: ended });
    const { cluster } = source;
    const list = cluster.list.bind(cluster);
    // Gone once somebody has seen it.
    Object.assign(cluster, {
      list: async (...asked: Parameters<typeof list>) => {
        const found = await list(...asked);
        if (asked[0] === 'pods' && found.length > 0) await cluster.remove({ kind: 'pods', ...metadata });
        return found;
      },
    });
    expect((await test.lane.servers.lose('source')).how).toContain(said);
  });

  it('is told anew of a side that was lost before, and brought back', async () => {
    await test.lane.servers.lose('source');
    await test.change((record) => void delete record.lost);
    test.kubernetes.source.mayDo = () => false;
    expect((await test.lane.servers.lose('source')).how).toContain('told to end');
  });

  it('ends what still runs when it was cut short after a mark of it was made', async () => {
    const lostAt = '2026-01-01T00:00:00.000Z';
    await test.change((record) => void (record.lost = { source: lostAt }));
    expect(await test.lane.servers.lose('source')).toEqual({
      lostAt,
      how: 'killed in its container, without being told',
    });
  });

  it('keeps the edge shut when only the fence is lifted', async () => {
    await test.lane.servers.lose('source');
    await test.lane.edges.liftFence('source');
    expect(edge.isListening()).toBe(false);
  });
});
