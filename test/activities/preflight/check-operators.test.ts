import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCheckOperators } from '../../../activities/preflight/check-operators.js';
import type { Check } from '../../../domain/run/checks.js';
import type { LaneInView, Lanes } from '../../../activities/ports/lane.js';
import type { LanePlan } from '../../../activities/ports/lane-facets.js';
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import { leastPermissions } from '../../../systems/openbao-operator/permissions.js';
import { type ClusterPermissions, describePermission } from '../../../domain/pair/permissions.js';
import type { Topology } from '../../../domain/pair/topology.js';
import type { AccessQuestion } from '../../../systems/kubernetes/cluster.js';
import type { OperatorStandIn } from '../../support/operator/in-memory.js';
import { exampleTopology } from '../../support/drills/example-topology.js';
import {
  clustersOf,
  operatorOfSide,
  sourceWithOperator,
  standInFor,
  targetWithOperator,
} from '../operator/operator-sites.js';
import { runActivity } from '../support.js';

const topology = exampleTopology();

const pair: Topology = { ...topology, source: sourceWithOperator, target: targetWithOperator };
let source: OperatorStandIn;
let target: OperatorStandIn;
/** What the lane asks for, once it is told the plan. */
let ofLane: ((plan: LanePlan | undefined) => readonly ClusterPermissions[]) | undefined;
beforeEach(() => {
  [source, target] = [standInFor('source'), standInFor('target')];
  ofLane = undefined;
});
afterEach(() => {
  source[Symbol.dispose]();
  target[Symbol.dispose]();
});

const look = () =>
  ({
    ...(ofLane && { insight: { neededAccess: async (plan?: LanePlan) => ofLane?.(plan) } }),
  }) as unknown as LaneInView;
const lanes: Lanes = { look, held: () => Promise.reject(new Error('nothing is to be changed')) };

const run = async (of: Topology = pair, plan?: LanePlan): Promise<{ access?: Check; ready?: Check }> => {
  const checkOperators = createCheckOperators({ clusters: clustersOf(source, target), lanes }, { intervalMs: 20 });
  const checks = await runActivity(checkOperators, { topology: of, ...(plan && { plan }) });
  const [access, ready] = checks;
  return { ...(access && { access }), ...(ready && { ready }) };
};

it('passes for two healthy clusters that this identity may use', async () => {
  const { access, ready } = await run();
  expect(access).toMatchObject({ name: 'kubernetes-access', outcome: 'passed' });
  expect(access?.observed).toContain('source: kubectl 1.35.0, server 1.34.4');
  expect(ready).toMatchObject({ name: 'operator-ready', outcome: 'passed', observed: 'source: ready; target: ready' });
  expect([...source.calls, ...target.calls]).toEqual([]);
});

it('has nothing to check where no side has an operator', async () => {
  expect(await run(topology)).toEqual({});
});

it('names each permission that is missing, the verb of the admission among them', async () => {
  source.faults.forbidden.add('create serviceaccounts/token');
  target.faults.forbidden.add(`restore ${operatorKinds.clusters}`);
  target.faults.forbidden.add(`create ${operatorKinds.restores}`);
  const { access } = await run();
  expect(access?.outcome).toBe('failed');
  expect(access?.observed).toContain(
    'create serviceaccounts/token openbaocluster-dr-source-backup-serviceaccount in openbaocluster-dr-source',
  );
  expect(access?.observed).toContain(
    'restore openbaoclusters.openbao.org openbaocluster-dr-target in openbaocluster-dr-target',
  );
  expect(access?.observed).toContain('create openbaorestores.openbao.org in openbaocluster-dr-target');
});

const scaling = (site: 'source' | 'target'): ClusterPermissions => ({
  site,
  access: operatorOfSide(site),
  permissions: [{ verb: 'patch', resource: 'deployments.apps', subresource: 'scale', namespace: 'an-edge' }],
});

it('names what the lane needs and may not do, of a drill that could restore and not fence', async () => {
  ofLane = () => [scaling('source'), scaling('target')];
  source.faults.forbidden.add('patch deployments.apps/scale');
  const { access } = await run();
  expect(access?.outcome).toBe('failed');
  expect(access?.observed).toMatch(
    /^source: .*; not allowed: patch deployments\.apps\/scale in an-edge; target: .*all permissions$/,
  );
});

it('asks in the cluster that only the lane uses, too, and as the plan has it', async () => {
  const plans: (LanePlan | undefined)[] = [];
  ofLane = (plan) => {
    plans.push(plan);
    // Infra's cluster, played by the source's.
    return [{ ...scaling('source'), site: 'infra' }];
  };
  const plan: LanePlan = { disaster: 'source-loss', cutover: { way: 'edge', timeoutSeconds: 60 } };
  expect((await run(pair, plan)).access?.observed).toMatch(/^infra: .*; source: .*; target: /);
  await run();
  expect(plans).toEqual([plan, undefined]);
});

it('asks once for what both the driver and the lane need', async () => {
  const asked: string[] = [];
  const canI = source.cluster.canI.bind(source.cluster);
  const [permission] = leastPermissions('source', operatorOfSide('source'), false);
  ofLane = () => [{ site: 'source', access: operatorOfSide('source'), permissions: [permission!] }];
  Object.assign(source.cluster, {
    canI: (question: AccessQuestion) => {
      asked.push(describePermission(question));
      return canI(question);
    },
  });
  await run();
  expect(asked).toContain(describePermission(permission!));
  expect(new Set(asked).size).toBe(asked.length);
});

it.each([
  ['Available', 'False', 'not Available'],
  ['OpenBaoInitialized', 'False', 'not OpenBaoInitialized'],
  ['OpenBaoSealed', 'True', 'OpenBaoSealed'],
])('says what is wrong when condition %s is %s', async (type, status, told) => {
  setCondition(target, type, status);
  const { ready } = await run();
  expect(ready).toMatchObject({ outcome: 'failed', observed: `source: ready; target: ${told}` });
});

it('says who holds a lock, and how to release it', async () => {
  target.setLock({ operation: 'Restore', holder: 'openbaorestore/drill-4' });
  const { ready } = await run();
  expect(ready?.observed).toContain('locked by openbaorestore/drill-4 for Restore');
  expect(ready?.observed).toContain('delete openbaorestores.openbao.org drill-4');
});

it('waits for the lock of a backup that goes away by itself', async () => {
  source.setLock({ operation: 'Backup', holder: 'openbaocluster/backup' });
  const running = run();
  setTimeout(() => source.setLock(undefined), 100);
  expect((await running).ready?.outcome).toBe('passed');
});

it('tells of a break-glass, and of a cluster that does not exist', async () => {
  change(source, (status) => {
    status['breakGlass'] = { active: true, reason: 'RollbackConsensusRepairFailed', message: 'repair by hand' };
  });
  await target.cluster.remove({
    kind: operatorKinds.clusters,
    name: operatorOfSide('target').cluster,
    namespace: operatorOfSide('target').namespace,
  });
  const { ready } = await run();
  expect(ready?.observed).toContain('break-glass: repair by hand');
  expect(ready?.observed).toContain('There is no such OpenBaoCluster');
});

const change = (standIn: OperatorStandIn, edit: (status: Record<string, unknown>) => void): void => {
  const [cluster] = standIn.objects(operatorKinds.clusters);
  const { name, namespace = '' } = cluster!.metadata;
  standIn.change({ kind: operatorKinds.clusters, name, namespace }, (object) => edit(object.status ?? {}));
};

const setCondition = (standIn: OperatorStandIn, type: string, status: string): void =>
  change(standIn, (of) => {
    const conditions = of['conditions'] as { type: string; status: string }[];
    conditions.find((condition) => condition.type === type)!.status = status;
  });
