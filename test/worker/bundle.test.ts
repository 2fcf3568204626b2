import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowBundle } from '../../worker/bundle.js';
import { bundleDrill } from '../support/drills/workflow-bundle.js';

describe('the workflow bundle', () => {
  let code: string;
  beforeAll(async () => {
    code = await readFile((await bundleDrill()).codePath, 'utf8');
  });

  it('holds the drill', () => {
    expect(code).toContain('drDrill');
  });

  it.each(['zod', 'execa', '@aws-sdk', 'node-vault', 'yaml'])('is free of %s', (name) => {
    expect(code).not.toContain(`node_modules/${name}`);
  });
});

describe('workflowBundle', () => {
  it('says how to make a bundle that is missing', async () => {
    const path = join('/nowhere', 'workflow-bundle.js');
    await expect(workflowBundle(path)).rejects.toMatchObject({
      type: 'WorkflowBundleMissing',
      message: `${path} is missing: build the program with "npm run build".`,
    });
  });
});
