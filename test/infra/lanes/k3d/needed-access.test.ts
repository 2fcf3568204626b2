import { afterEach, expect, it } from 'vitest';
import type { LanePlan } from '../../../../activities/ports/lane-facets.js';
import { describePermission } from '../../../../domain/pair/permissions.js';
import type { CutoverWay, Disaster } from '../../../../domain/plan/plan.js';
import type { SiteName } from '../../../../domain/pair/topology.js';
import { neededAccess } from '../../../../infra/lanes/k3d/needed-access.js';
import { adoptingOptions, createTestK3dLane, optionsFor, type TestK3dLane } from './test-lane.js';

let test: TestK3dLane | undefined;
afterEach(() => test?.[Symbol.asyncDispose]());

const planOf = (disaster: Disaster, way: CutoverWay): LanePlan => ({ disaster, cutover: { way, timeoutSeconds: 60 } });

const asked = (site: SiteName, plan?: LanePlan, options = adoptingOptions): readonly string[] =>
  neededAccess({ lane: 'k3d', options }, plan)
    .filter((needed) => needed.site === site)
    .flatMap(({ permissions }) => permissions.map(describePermission));

const turning = 'patch tlsroutes.gateway.networking.k8s.io clients in openbao-dr-clients';
const losing = 'patch statefulsets.apps/scale openbaocluster-dr-source in openbaocluster-dr-source';
const fencing = 'patch deployments.apps/scale traefik in openbao-dr-edge';

it('a drill that loses nothing and moves clients by hand stops no source, and touches nothing of infra', () => {
  const plan = planOf('none', 'manual');
  expect(asked('infra', plan)).toEqual([]);
  expect(asked('source', plan)).toContain(fencing);
  expect(asked('source', plan)).not.toContain(losing);
  expect(asked('target', plan)).toContain(fencing);
  expect(asked('target', plan)).toContain(losing.replaceAll('source', 'target'));
});

it('a drill whose source is lost and whose clients the lane moves needs the rights to do so', () => {
  const plan = planOf('source-loss', 'edge');
  expect(asked('infra', plan)).toContain(turning);
  expect(asked('source', plan)).toContain(losing);
});

it('a drill whose plan is not known needs all of it, and only its own edge', () => {
  expect(asked('infra')).toContain(turning);
  expect(asked('source')).toContain(losing);
  const routes = 'list tlsroutes.gateway.networking.k8s.io in openbao-dr-edge';
  expect(asked('source')).not.toContain(routes);
  const adopting = optionsFor({ adopt: ['clusters', 'gateway'], hostAddress: '127.0.0.1' });
  expect(asked('source', undefined, adopting)).toContain(routes);
});

it('a lane says it for clusters it adopted, which the user reaches, and for its own', async () => {
  test = await createTestK3dLane(adoptingOptions);
  await expect(test.lane.insight?.neededAccess?.()).rejects.toMatchObject({ type: 'LaneMissing' });
  await test.make('network');
  const places = await test.lane.insight?.neededAccess?.(planOf('none', 'edge'));
  expect(places?.map(({ site, access }) => [site, access])).toEqual([
    ['infra', { context: 'k3d-openbao-dr-infra' }],
    ['source', { context: 'k3d-openbao-dr-source' }],
    ['target', { context: 'k3d-openbao-dr-target' }],
  ]);
});
