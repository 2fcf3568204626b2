/**
 * What the operator brings to a cluster, written down from what a drill reads and writes of it: its resources' definitions, as
 * either of its lines has them, and a healthy `OpenBaoCluster`. They are not the operator's own files.
 */
import { operatorApiVersion, operatorKinds } from '../../../systems/openbao-operator/objects.js';
import { expectationFields } from '../../../systems/openbao-operator/restore.js';
import type { KubernetesObject } from '../../../systems/kubernetes/cluster.js';
import type { OperatorLine } from './controller.js';

/** Whatever the stand-in makes on an API server that is not its own has this label. */
export const standInLabel = 'openbao-dr/operator-stand-in';
export const standInLabels = { [standInLabel]: '' } as const;

const [group = '', version = ''] = operatorApiVersion.split('/');
const text = { type: 'string' };
const flag = { type: 'boolean' };
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const fields = (properties: Readonly<Record<string, unknown>>) => ({ type: 'object', properties });

const definition = (kind: string, spec: unknown): KubernetesObject => {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: standInLabels },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: fields({ spec, status: anything }) },
        },
      ],
    },
  };
};

/**
 * A restore's spec is closed, as the operator's is: an API server refuses a field that nobody has declared. The lines differ in
 * what a restore may say of its snapshot.
 */
export const operatorDefinitions = (line: OperatorLine): readonly KubernetesObject[] => {
  const expectations = line === 'held' ? expectationFields : [];
  const source = fields({
    target: fields({
      provider: text,
      endpoint: text,
      bucket: text,
      region: text,
      usePathStyle: flag,
      pathPrefix: text,
      credentialsSecretRef: fields({ name: text }),
    }),
    key: text,
    ...Object.fromEntries(
      expectations.map((field) => [field, field === 'expectedSize' ? { type: 'integer', format: 'int64' } : text]),
    ),
  });
  return [
    definition('OpenBaoCluster', anything),
    definition(
      'OpenBaoRestore',
      fields({ cluster: text, jwtAuthRole: text, image: text, force: flag, overrideOperationLock: flag, source }),
    ),
  ];
};

export const definitionNames = [operatorKinds.clusters, operatorKinds.restores] as const;

/** As it says of itself once its OpenBao is initialised, unsealed and serves. */
export const healthyStatus = {
  phase: 'Running',
  backup: {},
  conditions: [
    { type: 'Available', status: 'True' },
    { type: 'OpenBaoInitialized', status: 'True' },
    { type: 'OpenBaoSealed', status: 'False' },
  ],
} as const;

export const clusterObject = (
  name: string,
  namespace: string,
  spec: Readonly<Record<string, unknown>> = {},
): KubernetesObject => ({
  apiVersion: operatorApiVersion,
  kind: 'OpenBaoCluster',
  metadata: { name, namespace, labels: standInLabels },
  spec,
});
