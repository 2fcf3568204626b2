import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePlan } from '../../domain/plan/plan-schema.js';

const page = await readFile(new URL('../../docs/plan.md', import.meta.url), 'utf8');

/** Dotted names of every field a plan has, as people type them. */
const typed = [
  ...['lane', 'approval.timeout', 'approval.approvers', 'disaster', 'revert', 'teardown', 'local.targetSealKey'],
  ...[
    'objectives.rpoSeconds',
    'objectives.rtoSeconds',
    'objectives.countDeciding',
    'cutover.way',
    'cutover.command',
    'cutover.timeout',
  ],
  ...['patience.before', 'patience.afterRestore', 'patience.firstCheck'],
  ...['infra', 'source', 'target', 'clients', 'storage'].flatMap((name) => [
    `local.ports.${name}`,
    `compose.ports.${name}`,
  ]),
  'compose.targetSealKey',
  ...['adopt', 'targetSealKey', 'openbaoVersion', 'operatorVersion', 'storage', 'hostAddress', 'transitAddress'].map(
    (name) => `k3d.${name}`,
  ),
  ...['jobs', 'init', 'traefik', 'openbao'].map((name) => `k3d.images.${name}`),
  'k3d.breakGlass.reason',
  'verify.sealedNamespaces',
];

it.each(typed)('the plan reference explains %s', (field) => {
  expect(page).toContain(`\`${field}\``);
});

it('the plan reference knows every part of a plan there is', () => {
  const { lane, approval, disaster, objectives, cutover, patience, revert, teardown, local, ...others } = parsePlan({
    lane: 'local',
  });
  expect(others).toEqual({});
  expect({ lane, disaster, revert, teardown }).toEqual({
    lane: 'local',
    disaster: 'none',
    revert: true,
    teardown: 'created',
  });
  expect(objectives).toEqual({});
  expect(Object.keys(cutover)).toEqual(['way', 'timeoutSeconds']);
  expect(patience).toEqual({ firstCheckSeconds: 600, beforeSeconds: 600, afterRestoreSeconds: 86_400 });
  expect(Object.keys(approval)).toEqual(['timeoutSeconds', 'approvers']);
  expect(Object.keys(local ?? {})).toEqual(['ports', 'targetSealKey']);
});

it('the plan reference knows every field of a k3d lane, and its default', () => {
  const { k3d } = parsePlan({ lane: 'k3d', k3d: { hostAddress: '10.0.0.1' } });
  const fields = typed.filter((field) => /^k3d\.[^.]+$/.test(field)).map((field) => field.slice('k3d.'.length));
  expect(Object.keys(k3d ?? {}).sort()).toEqual([...fields, 'images'].sort());
  const { hostAddress, ...defaults } = k3d ?? {};
  expect(hostAddress).toBe('10.0.0.1');
  const block = /^k3d: #.*\n(?: {2}.*\n)+/m.exec(page)?.[0] ?? '';
  expect((parse(block) as { k3d: unknown }).k3d).toEqual(defaults);
});

it('every plan in the reference is one', () => {
  const examples = page.slice(page.indexOf('## Examples'));
  const plans = [...examples.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => parse(text ?? '') as unknown);
  expect(plans.length).toBeGreaterThan(3);
  for (const plan of plans) expect(() => parsePlan(plan)).not.toThrow();
});
