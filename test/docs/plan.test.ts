import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parsePlan } from '../../domain/plan-schema.js';

const page = await readFile(new URL('../../docs/plan.md', import.meta.url), 'utf8');

/** Dotted names of every field a plan has, as people type them. */
const typed = [
  ...['lane', 'approval.timeout', 'approval.approvers', 'disaster', 'revert', 'teardown', 'local.targetSealKey'],
  ...['objectives.rpoSeconds', 'objectives.rtoSeconds', 'cutover.way', 'cutover.command', 'cutover.timeout'],
  ...['infra', 'source', 'target', 'clients', 'storage'].map((name) => `local.ports.${name}`),
];

it.each(typed)('the plan reference explains %s', (field) => {
  expect(page).toContain(`\`${field}\``);
});

it('the plan reference knows every part of a plan there is', () => {
  const { lane, approval, disaster, objectives, cutover, revert, teardown, local, ...others } = parsePlan({
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
  expect(Object.keys(approval)).toEqual(['timeoutSeconds', 'approvers']);
  expect(Object.keys(local ?? {})).toEqual(['ports', 'targetSealKey']);
});
