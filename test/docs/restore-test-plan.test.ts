import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { restoreTestPlanJsonSchema } from '../../domain/plan/restore-test/restore-test-schema.js';

const page = await readFile(new URL('../../docs/restore-test-plan.md', import.meta.url), 'utf8');

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** Dotted names of the fields of a plan; those of lists and of credentials have a name of their own. */
const fieldsOf = ({ properties = {} }: Node, path = ''): readonly string[] =>
  Object.entries(properties).flatMap(([name, node]) => {
    const field = `${path}${name}`;
    return node.properties === undefined ? [field] : fieldsOf(node, `${field}.`);
  });

const namesIn = (node: Node): readonly string[] => [
  ...Object.keys(node.properties ?? {}),
  ...[node.items, ...(node.anyOf ?? []), ...(node.oneOf ?? []), ...Object.values(node.properties ?? {})].flatMap(
    (child) => (child === undefined ? [] : namesIn(child)),
  ),
];

const schema = restoreTestPlanJsonSchema() as Node;

it.each(fieldsOf(schema))('the reference of restore test plans explains %s', (field) => {
  expect(page).toContain(`\`${field}\``);
});

it('the reference of restore test plans, or that of credentials, names every field within its lists', async () => {
  const secrets = await readFile(new URL('../../docs/secrets.md', import.meta.url), 'utf8');
  const missing = [...new Set(namesIn(schema))].filter((name) => !new RegExp(`\\b${name}\\b`).test(page + secrets));
  expect(missing).toEqual([]);
});
