import { afterEach, describe, expect, it } from 'vitest';
import { findOperator } from '../../../../../infra/lanes/k3d/parts/make-operator.js';
import type { KubernetesObject } from '../../../../../systems/kubernetes/cluster.js';
import {
  adoptingOptions,
  createTestK3dLane,
  operatorDefinitions,
  operatorDeployment,
  type TestK3dLane,
} from '../test-lane.js';

let test: TestK3dLane;
afterEach(() => test[Symbol.asyncDispose]());

const side = 'openbaocluster-dr-source';

/** As somebody installed one in a namespace of its own. `watch`: its variable, or what the variable is taken from. */
const operatorIn = (namespace: string, watch?: string | object, replicas = 1): KubernetesObject => ({
  ...operatorDeployment,
  metadata: { ...operatorDeployment.metadata, namespace },
  spec: {
    replicas,
    template: {
      metadata: { labels: { 'app.kubernetes.io/name': 'openbao-operator' } },
      spec: {
        containers: [
          {
            name: 'manager',
            env: [
              { name: 'OPERATOR_VERSION', value: '0.5.1' },
              ...(watch === undefined
                ? []
                : [
                    {
                      name: 'WATCH_NAMESPACE',
                      ...(typeof watch === 'string' ? { value: watch } : { valueFrom: watch }),
                    },
                  ]),
            ],
          },
        ],
      },
    },
  },
});

const withOperators = async (
  operators: readonly KubernetesObject[],
  adopt: typeof adoptingOptions.adopt = adoptingOptions.adopt,
): Promise<void> => {
  test = await createTestK3dLane({ ...adoptingOptions, adopt });
  const { source } = test.kubernetes;
  for (const object of operatorDefinitions) source.put('customresourcedefinitions.apiextensions.k8s.io', object);
  for (const operator of operators) source.put('deployments.apps', operator);
  await test.make('network', 'cluster-source');
};

const found = async (): Promise<string | undefined> => {
  const { cluster } = test.kubernetes.source;
  const operator = await findOperator({ signal: new AbortController().signal }, cluster, side);
  return operator?.metadata.namespace;
};

describe('of several operators in a cluster', () => {
  it('the one that looks after the side is taken, not the first', async () => {
    await withOperators([
      operatorIn('a-team', 'of-a-team'),
      operatorIn('ours', side),
      operatorIn('z-team', 'of-z-team'),
    ]);
    expect(await test.make('operator-source')).toEqual(['operator source: found']);
    expect(await found()).toBe('ours');
  });

  it.each([
    ['one without WATCH_NAMESPACE', undefined],
    ['one whose WATCH_NAMESPACE is empty', ''],
  ])('%s looks after all namespaces', async (_, watch) => {
    await withOperators([operatorIn('a-team', 'of-a-team'), operatorIn('for-all', watch)]);
    expect(await found()).toBe('for-all');
  });

  it('one that watches its own namespace looks after that', async () => {
    const own = { fieldRef: { fieldPath: 'metadata.namespace' } };
    await withOperators([operatorIn('a-team', own), operatorIn(side, own)]);
    expect(await found()).toBe(side);
  });

  it('two that would both reconcile the side are refused, by their names', async () => {
    await withOperators([operatorIn('for-all'), operatorIn('ours', side)]);
    await expect(test.make('operator-source')).rejects.toMatchObject({
      type: 'OperatorAmbiguous',
      message: expect.stringContaining(
        'operators for-all/openbao-operator-controller and ours/openbao-operator-controller both look after namespace openbaocluster-dr-source',
      ) as string,
    });
    expect((await test.record()).parts).not.toHaveProperty('operator-source');
  });

  it('one that was scaled to none is no second', async () => {
    await withOperators([operatorIn('a-stopped', undefined, 0), operatorIn('ours', side)]);
    expect(await found()).toBe('ours');
  });

  it('none is taken where all look after others, and it is said whom', async () => {
    await withOperators([operatorIn('a-team', 'of-a-team')]);
    await expect(test.make('operator-source')).rejects.toMatchObject({
      type: 'OperatorMissing',
      message: expect.stringContaining('(a-team/openbao-operator-controller for of-a-team)') as string,
    });
  });

  it('any is in the way of a lane that would install its own', async () => {
    await withOperators([operatorIn('a-team', 'of-a-team')], ['clusters']);
    await expect(test.make('operator-source')).rejects.toMatchObject({
      type: 'OperatorTaken',
      message: expect.stringContaining('once it looks after openbaocluster-dr-source') as string,
    });
  });
});
