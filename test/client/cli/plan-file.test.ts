import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPlanFile, requestPlan } from '../../../client/cli/plan-file.js';
import { temporaryFolder } from '../test-context.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const write = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder.path, name);
  await writeFile(path, content);
  return path;
};

describe('requestPlan', () => {
  it('drills the lane local when nothing is named', async () => {
    const { input, plan } = await requestPlan({ lane: undefined });
    expect(input).toEqual({ lane: 'local' });
    expect(plan.teardown).toBe('created');
  });

  it('sends the file as typed, with the lane of the command line', async () => {
    const file = await write('blue.yaml', 'approval:\n  timeout: 30m # short\nrevert: false\n');
    const { input, plan } = await requestPlan({ lane: 'local-blue', file });
    expect(input).toEqual({ lane: 'local-blue', approval: { timeout: '30m' }, revert: false });
    expect(plan.approval.timeoutSeconds).toBe(1800);
  });

  it('reads JSON as well', async () => {
    const file = await write('plan.json', '{\n\t"lane": "local-blue",\n\t"teardown": "always"\n}\n');
    expect((await requestPlan({ lane: undefined, file })).plan).toMatchObject({
      lane: 'local-blue',
      teardown: 'always',
    });
  });

  it('takes a lane that is named twice the same way', async () => {
    const file = await write('same.yaml', 'lane: local-blue');
    expect((await requestPlan({ lane: 'local-blue', file })).plan.lane).toBe('local-blue');
  });

  it('refuses a file for another lane', async () => {
    const file = await write('other.yaml', 'lane: local-blue');
    await expect(requestPlan({ lane: 'local-red', file })).rejects.toMatchObject({ type: 'LaneMismatch' });
  });

  it('keeps the lane when asked to, whatever the file says', async () => {
    const file = await write('always.yaml', 'teardown: always');
    expect((await requestPlan({ lane: undefined, file, keep: true })).plan.teardown).toBe('never');
  });

  it('puts what the command line says of a k3d lane over what the file says', async () => {
    const file = await write('k3d.yaml', 'lane: k3d\nk3d: { adopt: [operator], storage: process }\n');
    const k3d = { adopt: ['clusters', 'gateway'] as const, hostAddress: '10.0.0.1', openbaoVersion: undefined };
    const { input, plan } = await requestPlan({ lane: undefined, file, overrides: k3d });
    expect(input).toEqual({
      lane: 'k3d',
      k3d: { adopt: ['clusters', 'gateway'], storage: 'process', hostAddress: '10.0.0.1' },
    });
    expect(plan.k3d).toMatchObject({ adopt: ['clusters', 'gateway'], openbaoVersion: '2.7.2' });
  });

  it('leaves the plan of a k3d lane as typed when the command line says nothing of it', async () => {
    const k3d = { adopt: undefined, hostAddress: undefined };
    expect((await requestPlan({ lane: 'k3d-blue', overrides: k3d })).input).toEqual({ lane: 'k3d-blue' });
  });

  it('does not hide what is wrong in the file behind what the command line says', async () => {
    const file = await write('no-mapping.yaml', 'lane: k3d\nk3d: [clusters]\n');
    await expect(requestPlan({ lane: undefined, file, overrides: { adopt: ['operator'] } })).rejects.toMatchObject({
      type: 'InvalidPlan',
      message: expect.stringContaining('"k3d"') as string,
    });
  });

  it('refuses what is for k3d lanes alone, wherever the lane is named', async () => {
    const file = await write('local.yaml', 'lane: local-blue');
    await expect(requestPlan({ lane: undefined, file, overrides: { adopt: ['operator'] } })).rejects.toMatchObject({
      type: 'OptionNotForLane',
      message: expect.stringContaining('not for lane local-blue') as string,
    });
  });

  it('refuses a plan with a wrong field before anything starts', async () => {
    const file = await write('wrong.yaml', 'approval: { timeout: soon }');
    await expect(requestPlan({ lane: undefined, file })).rejects.toMatchObject({
      type: 'InvalidPlan',
      message: expect.stringContaining('"approval.timeout"') as string,
    });
  });
});

describe('a drill that a person watches', () => {
  it('tells a mistake within seconds, unless its plan says otherwise', async () => {
    const { input, plan } = await requestPlan({ lane: 'local', watched: true });
    expect(input).toEqual({ lane: 'local', patience: { firstCheck: '30s' } });
    expect(plan.patience).toEqual({ firstCheckSeconds: 30, beforeSeconds: 600, afterRestoreSeconds: 86_400 });
  });
});

describe('readPlanFile', () => {
  it.each([
    ['text', 'lane', 'PlanFileInvalid'],
    ['a list', '- lane: local', 'PlanFileInvalid'],
    ['nothing', '', 'PlanFileInvalid'],
    ['a comment', '# nothing here', 'PlanFileInvalid'],
    ['broken YAML', 'lane: [local', 'PlanFileInvalid'],
    ['one field twice', 'lane: local\nlane: local-blue', 'PlanFileInvalid'],
    ['two documents', 'lane: local\n---\nlane: local', 'PlanFileInvalid'],
    ['an alias of nothing', 'lane: *nothing', 'PlanFileInvalid'],
    [
      'aliases that multiply beyond reason',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefg'
        .split('')
        .map((name, at) => `${name}: &${name} [${Array(10).fill(`*${'abcdef'[at]}`).join(',')}]`)
        .join('\n')}`,
      'PlanFileInvalid',
    ],
    ['more than a plan could hold', `lane: local # ${'x'.repeat(1024 * 1024)}`, 'PlanFileTooLarge'],
  ])('refuses a file with %s in one sentence that names the file', async (_, content, failure) => {
    const path = await write('bad.yaml', content);
    const refusal = await readPlanFile(path).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ type: failure, message: expect.stringContaining(path) as string });
    expect((refusal as Error).message).not.toContain('\n');
  });

  it('says that a file holds more than one plan', async () => {
    const path = await write('two.yaml', 'lane: local\n---\nlane: local\n');
    await expect(readPlanFile(path)).rejects.toThrowError('holds more than one plan');
  });

  it('refuses a pipe at once, though nobody writes into it', async () => {
    const path = join(folder.path, 'pipe');
    await execa('mkfifo', [path]);
    await expect(readPlanFile(path)).rejects.toThrowError('is not a file');
  });

  it('tells a missing file from a folder', async () => {
    const subfolder = join(folder.path, 'folder');
    await mkdir(subfolder);
    await expect(readPlanFile(join(folder.path, 'missing.yaml'))).rejects.toThrowError('does not exist');
    await expect(readPlanFile(join(await write('file', ''), 'x.yaml'))).rejects.toThrowError('does not exist');
    await expect(readPlanFile(subfolder)).rejects.toThrowError('is not a file');
  });
});
