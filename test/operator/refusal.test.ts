import { expect, it, onTestFinished } from 'vitest';
import type { KubernetesObject } from '../../systems/kubernetes/cluster.js';
import { createKubernetesStandIn } from '../support/kubernetes/stand-in.js';
import { operatorDefinitions, standInLabels } from '../support/operator/definitions.js';
import { findForeignOperator } from '../support/operator/foreign.js';

const lookAt = (...objects: readonly KubernetesObject[]): Promise<string | undefined> => {
  const kubernetes = createKubernetesStandIn({ context: 'test', program: async () => undefined });
  onTestFinished(() => kubernetes[Symbol.dispose]());
  for (const object of objects) kubernetes.objects.put(object);
  return findForeignOperator(kubernetes.cluster, 'source');
};

const namespace = (labels: Readonly<Record<string, string>> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'openbaocluster-dr-source', labels },
});
const withoutLabels = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { name: object.metadata.name },
});

it('goes on clusters that are empty, or have what an earlier run has left', async () => {
  expect(await lookAt()).toBeUndefined();
  expect(await lookAt(...operatorDefinitions('held'), namespace(standInLabels))).toBeUndefined();
});

it('does not touch a cluster with an operator of its own', async () => {
  const operator = { name: 'any', namespace: 'any', labels: { 'app.kubernetes.io/name': 'openbao-operator' } };
  expect(await lookAt({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: operator })).toContain('is installed');
});

it('does not touch definitions or namespaces that it has not made', async () => {
  const [definition] = operatorDefinitions('completed');
  expect(await lookAt(withoutLabels(definition!))).toContain('openbaoclusters.openbao.org that no test has made');
  expect(await lookAt(namespace())).toContain('Namespace openbaocluster-dr-source');
});
