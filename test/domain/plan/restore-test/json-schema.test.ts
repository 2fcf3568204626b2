import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  parseRestoreTestPlan,
  restoreTestPlanJsonSchema,
} from '../../../../domain/plan/restore-test/restore-test-schema.js';

const root = new URL('../../../../', import.meta.url);
const validate = new Ajv2020({ validateFormats: false }).compile(restoreTestPlanJsonSchema());
const example = parse(await readFile(new URL('examples/restore-test.yaml', root), 'utf8')) as Readonly<
  Record<string, unknown>
>;

describe('the JSON Schema of restore test plans', () => {
  it('is published in the package: `npm run schema` writes it anew', async () => {
    const published = await readFile(new URL('schemas/restore-test-plan-1.schema.json', root), 'utf8');
    expect(published).toBe(`${JSON.stringify(restoreTestPlanJsonSchema(), undefined, 2)}\n`);
  });

  it('accepts what the program accepts', () => {
    expect(validate(example)).toBe(true);
    expect(() => parseRestoreTestPlan(example)).not.toThrow();
    expect(validate({ lane: 'local' })).toBe(true);
  });

  it.each([
    ['an unknown field', { ...example, colour: 'red' }],
    ['another room', { ...example, room: 'dark' }],
    ['a secret in the place of a reference', { ...example, verify: { method: 'token', token: 'hunter2' } }],
    ['another kind of credential', { ...example, verify: { method: 'ldap' } }],
  ])('refuses %s', (_, plan) => {
    expect(validate(plan)).toBe(false);
  });
});
