/** The last step of the build: bundles the compiled workflows. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundlePath, bundleWorkflows } from './bundle.js';

const { code } = await bundleWorkflows(fileURLToPath(new URL('../workflows/index.js', import.meta.url)));
await writeFile(bundlePath, code);
