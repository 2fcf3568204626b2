import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAt, numberAt, textAt } from '../../domain/fields.js';
import type { Topology } from '../../domain/pair/topology.js';
import { askForName } from '../../systems/edge/ask-for-name.js';
import {
  failedOf,
  findClusters,
  type K3dDrills,
  namespaceOf,
  startK3dDrills,
} from '../support/kubernetes/k3d-drills.js';

const { lab, why } = await findClusters();

describe.skipIf(lab === undefined)(`a failover through a real operator${why}`, () => {
  let k3d: K3dDrills;
  let topology: Topology;

  beforeAll(async () => {
    k3d = await startK3dDrills(lab);
  });
  afterAll(() => k3d[Symbol.asyncDispose]());

  const lane = () => k3d.drills.ports.lanes.open('k3d');
  /** Where the clients' edge sends them, and how many pods the source's edge has. */
  const whereClientsAre = async (): Promise<unknown> => {
    const route = await k3d.read('infra', ['-n', 'openbao-dr-clients', 'get', 'tlsroute', 'clients']);
    const edge = await k3d.read('source', ['-n', 'openbao-dr-edge', 'get', 'deployment', 'traefik']);
    const [backend] = listAt(listAt(route, 'spec', 'rules')[0], 'backendRefs');
    return { clientsAt: textAt(backend, 'name'), podsOfSourceEdge: numberAt(edge, 'spec', 'replicas') };
  };
  const clusterIdOf = async (site: 'clients' | 'target'): Promise<string | undefined> =>
    (await (await k3d.drills.ports.sites.at(topology[site])).health()).clusterId;
  const sourceAnswers = async (): Promise<string> =>
    (await askForName({ address: topology.source.address, serverName: topology.source.serverName })).outcome;

  it('leaves the clients on the target and the source fenced', async () => {
    const report = await k3d.run({ revert: false });
    expect(failedOf(report)).toEqual([]);
    expect(report.result).toBe('passed');
    expect(report.leftOut.map(({ what }) => what)).toEqual(expect.arrayContaining(['revert', 'teardown']));
    expect(report.phases.map(({ name }) => name)).not.toContain('revert');
    expect(await whereClientsAre()).toEqual({ clientsAt: 'target', podsOfSourceEdge: 0 });
  });

  it('is not undone by bringing the lane up again', async () => {
    const said: string[] = [];
    ({ topology } = await lane().provision(k3d.request(), (message) => void said.push(message)));
    expect(said.join('\n')).toMatch(/source: fenced by a drill at .+, stays so while clients are on the target/);
    expect(await whereClientsAre()).toEqual({ clientsAt: 'target', podsOfSourceEdge: 0 });
    expect(await sourceAnswers()).toBe('refused');
    // The clients' name leads to the target, which serves.
    expect(await clusterIdOf('clients')).toEqual(expect.any(String));
    expect(await clusterIdOf('clients')).toBe(await clusterIdOf('target'));
  });

  it('keeps the target from another drill, which would wipe what clients use', async () => {
    const before = await clusterIdOf('target');
    const report = await k3d.run();
    expect(report.reason).toMatch(/^The phase provision failed: /);
    expect(await whereClientsAre()).toEqual({ clientsAt: 'target', podsOfSourceEdge: 0 });
    expect(await clusterIdOf('clients')).toBe(before);
  });

  it('ends when the lane is taken down, which leaves what was adopted', async () => {
    await lane().disposal!.teardown(() => undefined);
    for (const side of ['source', 'target'] as const) {
      const namespace = namespaceOf(side);
      expect(await k3d.kubectl(side, ['get', 'namespace', 'openbao-dr-edge', '--ignore-not-found'])).toBe('');
      expect(await k3d.kubectl(side, ['-n', namespace, 'get', 'openbaoclusters,pvc', '-o', 'name'])).toBe('');
      const operator = ['-n', 'openbao-operator-system', 'get', 'deployments', '-o', 'name'];
      expect(await k3d.kubectl(side, operator)).toContain('openbao-operator');
    }
    const marked = ['get', 'all,secrets,namespaces', '-A', '-l', 'openbao-dr/lane', '-o', 'name'];
    for (const site of ['infra', 'source', 'target']) expect(await k3d.kubectl(site, marked), site).toBe('');
  });
});
