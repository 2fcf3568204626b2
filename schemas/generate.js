/** Writes the published JSON Schemas anew, from the schemas that the program validates with: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { URL } from 'node:url';
import { restoreTestPlanJsonSchema } from '../dist/domain/plan/restore-test/restore-test-schema.js';
import { reportJsonSchema } from '../dist/domain/report/report-schema.js';

const schemas = {
  'drill-report-2': reportJsonSchema(),
  'restore-test-plan-1': restoreTestPlanJsonSchema(),
};

for (const [name, schema] of Object.entries(schemas)) {
  const file = new URL(`${name}.schema.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify(schema, undefined, 2)}\n`);
}
