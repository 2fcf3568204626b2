/** Which of the operators in a cluster looks after a side. There may be several: one for each team, say. */
import { listAt, textAt, valueAt } from '../../../../domain/fields.js';
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { Cluster, KubernetesObject } from '../../../../systems/kubernetes/cluster.js';

/** Their Deployments, wherever and however they were installed: Helm and plain manifests give them different names. */
export const operatorsIn = async (cluster: Cluster, signal: AbortSignal): Promise<readonly KubernetesObject[]> => {
  const deployments = await cluster.list('deployments.apps', { signal });
  return deployments.filter(
    ({ metadata: { name, labels } }) =>
      (labels?.['app.kubernetes.io/name'] === 'openbao-operator' &&
        labels['app.kubernetes.io/component'] === 'controller') ||
      /^(openbao-operator-)+controller(-manager)?$/.test(name),
  );
};

/** The one namespace that an operator looks after: its tenancy `single`. Undefined: all of them, or it cannot be told. */
export const watchedNamespace = (operator: KubernetesObject): string | undefined => {
  const [watch] = listAt(operator, 'spec', 'template', 'spec', 'containers')
    .flatMap((container) => listAt(container, 'env'))
    .filter((variable) => textAt(variable, 'name') === 'WATCH_NAMESPACE');
  const isItsOwn = textAt(watch, 'valueFrom', 'fieldRef', 'fieldPath') === 'metadata.namespace';
  return (isItsOwn ? operator.metadata.namespace : textAt(watch, 'value')) || undefined;
};

/**
 * The operator that looks after a namespace; undefined when none does. One that was scaled to none counts only if there is no
 * other.
 *
 * @throws KnownFailure `OperatorAmbiguous`: several would reconcile what is in the namespace, each against the other.
 */
export const operatorOf = (
  namespace: string,
  operators: readonly KubernetesObject[],
  { context }: Pick<Cluster, 'context'>,
): KubernetesObject | undefined => {
  const watching = operators.filter((operator) => (watchedNamespace(operator) ?? namespace) === namespace);
  const running = watching.filter((operator) => valueAt(operator, 'spec', 'replicas') !== 0);
  if (running.length > 1) {
    const names = running.map(nameOf).sort().join(' and ');
    throw new KnownFailure(
      'OperatorAmbiguous',
      `The OpenBao operators ${names} both look after namespace ${namespace}, and each would undo what the other does: leave it to one, by WATCH_NAMESPACE of the other or by removing it`,
      { facts: { context } },
    );
  }
  return running[0] ?? watching[0];
};

export const nameOf = ({ metadata: { name, namespace = '' } }: KubernetesObject): string => `${namespace}/${name}`;

/** `a/operator for b`. */
export const describeOperator = (operator: KubernetesObject): string =>
  `${nameOf(operator)} for ${watchedNamespace(operator) ?? 'all namespaces'}`;
