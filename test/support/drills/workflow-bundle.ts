/** The workflows as they are in the sources, bundled once for all test files of a run. */
import { access, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundlePath } from '@temporalio/worker';
import { inject } from 'vitest';
import { withFileLock } from '../../../systems/files/file-lock.js';
import { bundleWorkflows } from '../../../worker/bundle.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Belongs to one run of the tests; the global set-up makes it and removes it. */
    bundleFolder: string;
  }
}

const workflows = fileURLToPath(new URL('../../../workflows/index.ts', import.meta.url));

/** The first file that asks makes the bundle, which takes seconds of a processor; the others wait for it and read it. */
export const bundleDrill = async (): Promise<WorkflowBundlePath> => {
  const codePath = join(inject('bundleFolder'), 'workflows.js');
  await withFileLock(
    `${codePath}.lock`,
    async () => {
      if (await exists(codePath)) return;
      const { code } = await bundleWorkflows(workflows);
      await writeFile(`${codePath}.part`, code);
      await rename(`${codePath}.part`, codePath);
    },
    { timeoutMs: 60_000 },
  );
  return { codePath };
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
