import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numberAt, textAt } from '../../domain/fields.js';
import type { KubernetesObject } from '../../systems/kubernetes/cluster.js';
import { askForName } from '../../systems/edge/ask-for-name.js';
import { checkOf, failedOf, findClusters, type K3dDrills, startK3dDrills } from '../support/kubernetes/k3d-drills.js';

const { lab, why } = await findClusters();
const manifest = fileURLToPath(new URL('../../infra/lanes/k3d/manifests/edge.yaml', import.meta.url));

const edges = [
  { site: 'infra', namespace: 'openbao-dr-edge', gatewayClass: 'openbao-dr', port: 443 },
  { site: 'source', namespace: 'openbao-dr-edge', gatewayClass: 'openbao-dr', port: 443 },
  { site: 'target', namespace: 'openbao-dr-edge', gatewayClass: 'openbao-dr', port: 443 },
  { site: 'infra', namespace: 'openbao-dr-clients', gatewayClass: 'openbao-dr-clients', port: 8443 },
] as const;
type Edge = (typeof edges)[number];

/** What the manifest makes, and what a lane puts beside it. */
const kinds = [
  'serviceaccounts',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'configmaps',
  'deployments.apps',
  'services',
  'secrets',
  'gateways.gateway.networking.k8s.io',
  'tlsroutes.gateway.networking.k8s.io',
];
const kindsBeside = [
  'gatewayclasses.gateway.networking.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
];

/** As somebody else would route their own traffic through the same edge. */
const foreignRoute = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'of-others', namespace: 'openbao-dr-edge' },
  spec: { parentRefs: [{ name: 'openbao-dr' }], rules: [{ backendRefs: [{ name: 'theirs', port: 80 }] }] },
};

describe.skipIf(lab === undefined)(`drills on edges that were there before the lane${why}`, () => {
  let k3d: K3dDrills;
  let before: unknown;

  /** By hand, as the lane's page says. The source's has two pods. */
  const makeEdge = async ({ site, namespace, gatewayClass, port }: Edge): Promise<void> => {
    const values: Readonly<Record<string, string>> = {
      NAMESPACE: namespace,
      GATEWAY_CLASS: gatewayClass,
      SERVICE_PORT: String(port),
      TRAEFIK_IMAGE: 'traefik:v3.7.15',
    };
    const text = await readFile(manifest, 'utf8');
    const filled = text.replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => values[name] ?? '');
    await k3d.kubectl(site, ['apply', '--server-side', '-f', '-'], filled);
    if (site === 'source') await k3d.kubectl(site, ['-n', namespace, 'scale', 'deployment/traefik', '--replicas=2']);
    await k3d.kubectl(site, ['-n', namespace, 'rollout', 'status', 'deployment/traefik', '--timeout=120s']);
    await k3d.kubectl(site, ['-n', namespace, 'wait', '--for=condition=Programmed', 'gateway/openbao-dr']);
  };

  /** All that is in an edge's namespace, or bears its name, as its maker left it: without what the cluster writes by itself. */
  const lookAt = async ({ site, namespace }: Edge): Promise<unknown> => {
    const list = async (kind: string, where: readonly string[]): Promise<readonly KubernetesObject[]> =>
      (await k3d.read(site, [...where, 'get', kind]))['items'] as readonly KubernetesObject[];
    const inside = await Promise.all(kinds.map((kind) => list(kind, ['-n', namespace])));
    const beside = await Promise.all(
      kindsBeside.map((kind) => list(kind, ['-l', 'app.kubernetes.io/part-of=openbao-dr'])),
    );
    return [...inside, ...beside].flat().map(({ kind, metadata: { name, labels }, ...object }) => ({
      kind,
      name,
      labels,
      ...('spec' in object && { spec: object['spec'] }),
      ...('rules' in object && { rules: object['rules'] }),
      ...('data' in object && { data: object['data'] }),
    }));
  };
  const lookAtAll = async (): Promise<unknown> => Promise.all(edges.map(lookAt));

  const podsOfSource = async (): Promise<number | undefined> =>
    numberAt(await k3d.read('source', ['-n', 'openbao-dr-edge', 'get', 'deployment', 'traefik']), 'spec', 'replicas');
  const sourceAnswers = async (): Promise<string> => {
    const service = await k3d.read('source', ['-n', 'openbao-dr-edge', 'get', 'service', 'traefik']);
    const [ingress] = (service['status'] as { loadBalancer: { ingress: unknown[] } }).loadBalancer.ingress;
    const address = `https://${textAt(ingress, 'ip') ?? textAt(ingress, 'hostname') ?? ''}:443`;
    return (await askForName({ address, serverName: 'bao-dr-source.example.com' })).outcome;
  };
  const routeOfOthers = (verb: 'apply' | 'delete'): Promise<string> =>
    k3d.kubectl('source', [verb, ...(verb === 'delete' ? ['--ignore-not-found'] : []), '-f', '-'], foreignRoute);

  beforeAll(async () => {
    k3d = await startK3dDrills(lab, { adopt: ['clusters', 'gateway', 'operator'] });
    const definitions = k3d.lab.gatewayDefinitions;
    if (definitions === undefined) throw new Error("OPENBAO_DR_GATEWAY_CRDS has to name Gateway API's definitions");
    for (const site of ['infra', 'source', 'target']) {
      await k3d.kubectl(site, ['apply', '--server-side', '-f', definitions]);
    }
    await Promise.all(edges.map(makeEdge));
    before = await lookAtAll();
  });
  afterAll(async () => {
    await k3d[Symbol.asyncDispose]();
    const gone = ['delete', '--ignore-not-found', '--timeout=120s'];
    for (const { site, namespace, gatewayClass } of edges) {
      await k3d.kubectl(site, [...gone, 'gatewayclass', gatewayClass]);
      await k3d.kubectl(site, [...gone, 'namespace', namespace]);
      await k3d.kubectl(site, [...gone, 'clusterrole,clusterrolebinding', namespace]);
    }
    for (const site of ['infra', 'source', 'target']) {
      await k3d.kubectl(site, [...gone, '-f', k3d.lab.gatewayDefinitions ?? '']);
    }
  });

  it('are refused before anything is made behind an edge that others use, too', async () => {
    await routeOfOthers('apply');
    try {
      const report = await k3d.drills.finished(await k3d.start());
      expect(report.reason).toMatch(/^The phase provision failed: .*HTTPRoute of-others/);
      expect(await podsOfSource()).toBe(2);
    } finally {
      await routeOfOthers('delete');
    }
  });

  it('end before the fence when others have come to use the edge while a person was thinking', async () => {
    const id = await k3d.start();
    await k3d.drills.until(id, 'approval', (seen) => seen.waitingFor !== undefined);
    await routeOfOthers('apply');
    try {
      await k3d.drills.signal(id, 'approveCutover', { approver: 'ann' });
      const report = await k3d.drills.finished(id);
      expect(report.reason).toMatch(/^The phase cutover failed: .*HTTPRoute of-others/);
      expect(await podsOfSource()).toBe(2);
      expect(await sourceAnswers()).toBe('answered');
    } finally {
      await routeOfOthers('delete');
    }
  });

  it('pass, fence the source, and give its edge back with all its pods', async () => {
    const report = await k3d.run();
    expect(failedOf(report)).toEqual([]);
    expect(report.result).toBe('passed');
    expect(checkOf(report, 'no-write-after-fence')?.outcome).toBe('passed');
    expect(await podsOfSource()).toBe(2);
    expect(await sourceAnswers()).toBe('answered');
  });

  it('leave the edges as they were when the lane is taken down', async () => {
    await k3d.drills.ports.lanes.open('k3d').disposal!.teardown(() => undefined);
    expect(await lookAtAll()).toEqual(before);
    expect(JSON.stringify(before)).not.toContain('openbao-dr/lane');
  });
});
