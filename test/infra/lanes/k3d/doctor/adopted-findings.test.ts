import { describe, expect, it } from 'vitest';
import { adoptedFindings } from '../../../../../infra/lanes/k3d/doctor/adopted-findings.js';
import { KnownFailure } from '../../../../../domain/known-failure.js';
import type { AdoptablePart } from '../../../../../domain/plan/plan.js';
import type { Cluster, KubernetesObject } from '../../../../../systems/kubernetes/cluster.js';

const definition = (name: string, ...served: readonly string[]): KubernetesObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name },
  spec: { versions: served.map((version) => ({ name: version, served: true })) },
});

const deployment = (name: string, namespace: string, readyReplicas?: number): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  status: { readyReplicas },
});

const all = [
  definition('tlsroutes.gateway.networking.k8s.io', 'v1'),
  definition('openbaoclusters.openbao.org', 'v1alpha1'),
  definition('openbaorestores.openbao.org', 'v1alpha1'),
  deployment('traefik', 'openbao-dr-edge'),
  deployment('traefik', 'openbao-dr-clients'),
  deployment('openbao-operator-controller', 'elsewhere', 1),
];

/** A cluster that holds these objects. */
const holding = (objects: readonly KubernetesObject[], change: Partial<Cluster> = {}): Cluster =>
  ({
    context: 'k3d-openbao-dr-x',
    versions: async () => ({ client: '1.35.1', server: '1.34.4' }),
    assertSkew: async () => undefined,
    get: async ({ name, namespace }) =>
      objects.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
    list: async () => objects.filter(({ kind }) => kind === 'Deployment'),
    ...change,
  }) as Cluster;

const look = async (adopt: readonly AdoptablePart[], cluster: Cluster | string) => {
  const findings = await adoptedFindings({ adopt, reach: () => cluster });
  return (what: string) => findings.find((finding) => finding.what === what);
};

const everything: readonly AdoptablePart[] = ['clusters', 'gateway', 'operator'];

describe('what is adopted', () => {
  it('is found where it is', async () => {
    const findings = await adoptedFindings({ adopt: everything, reach: () => holding(all) });
    expect(findings.map(({ what, ok }) => `${what}: ${ok}`)).toEqual([
      'context k3d-openbao-dr-infra: true',
      'gateway of infra: true',
      'context k3d-openbao-dr-source: true',
      'gateway of source: true',
      'operator of source: true',
      'context k3d-openbao-dr-target: true',
      'gateway of target: true',
      'operator of target: true',
    ]);
  });

  it('is nothing, and then nothing is asked', async () => {
    expect(await adoptedFindings({ adopt: [], reach: () => 'never' })).toEqual([]);
  });

  it.each([
    ['no Gateway API', 'tlsroutes.gateway.networking.k8s.io', 'gateway of source', 'no TLSRoute'],
    ["no clients' edge", 'openbao-dr-clients', 'gateway of infra', 'no edge in openbao-dr-clients'],
    ['no restores', 'openbaorestores.openbao.org', 'operator of target', 'not installed'],
    ['no operator', 'elsewhere', 'operator of source', 'no Deployment'],
  ])('is told to be missing: %s', async (_, gone, what, found) => {
    const left = all.filter(({ metadata: { name, namespace } }) => name !== gone && namespace !== gone);
    const finding = (await look(everything, holding(left)))(what);
    expect(finding).toMatchObject({ ok: false, found });
    expect(finding?.problem).toContain('k3d-openbao-dr-x');
  });

  it('is too old where TLSRoute is not yet v1', async () => {
    const old = all.map((object) =>
      object.metadata.name.startsWith('tlsroutes') ? definition(object.metadata.name, 'v1alpha2') : object,
    );
    expect((await look(everything, holding(old)))('gateway of source')).toMatchObject({
      ok: false,
      found: 'TLSRoute v1alpha2',
    });
  });

  it('is not ready while the operator has no replica', async () => {
    const objects = [...all.slice(0, 5), deployment('openbao-operator-controller', 'elsewhere')];
    expect((await look(everything, holding(objects)))('operator of source')).toMatchObject({
      ok: false,
      found: 'not ready',
    });
  });

  it('is missing while the only operator looks after another namespace', async () => {
    const operator = deployment('openbao-operator-controller', 'elsewhere', 1);
    const container = { name: 'manager', env: [{ name: 'WATCH_NAMESPACE', value: 'another-team' }] };
    const elsewhere = { ...operator, spec: { template: { spec: { containers: [container] } } } };
    expect((await look(everything, holding([...all.slice(0, 5), elsewhere])))('operator of source')).toMatchObject({
      ok: false,
      found: 'no Deployment',
      problem: expect.stringContaining('no operator that looks after openbaocluster-dr-source') as string,
    });
  });

  it('says what keeps a context from being used', async () => {
    const cluster = holding(all, {
      assertSkew: async () => {
        throw new KnownFailure('KubectlSkewed', 'kubectl is too old');
      },
    });
    const found = await look(everything, cluster);
    expect(found('context k3d-openbao-dr-source')).toMatchObject({ ok: false, problem: 'kubectl is too old' });
    expect(found('gateway of source')).toMatchObject({ ok: null });
  });

  it('is not checked without a way to ask', async () => {
    const found = await look(['operator'], 'kubectl is not here yet');
    expect(found('operator of source')).toMatchObject({ ok: null, found: 'not checked: kubectl is not here yet' });
  });
});
