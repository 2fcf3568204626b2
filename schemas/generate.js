/** Writes the JSON Schema of the report anew, from the schema that the program validates with: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { URL } from 'node:url';
import { reportJsonSchema } from '../dist/domain/report/report-schema.js';

const file = new URL('drill-report-2.schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`);
