import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { bundleDrill } from '../support/drills/workflow-bundle.js';

/**
 * A change to one of these files can break the replay of runs that wait, as a change in `workflows/` can. Where a file is
 * added to the list on purpose, `npx vitest run test/replay/workflow-code.test.ts -u` writes it again.
 */
it('lists the files of domain/ that are workflow code', async () => {
  const code = await readFile((await bundleDrill()).codePath, 'utf8');
  const modules = [...code.matchAll(/^\/\*{3}\/ "\.\/(domain\/[^"]+\.ts)"$/gm)].map(([, file]) => `${file}\n`);
  await expect([...new Set(modules)].sort().join('')).toMatchFileSnapshot('workflow-code.txt');
});
