import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createToolBox, examineTools, type Environment, type ToolName } from '../../../systems/tools/index.js';
import { toolPath } from '../../support/tools.js';
import { emptyFolder, environmentWith, writeProgram } from './support.js';

const examine = async (environment: Environment, { cacheFolder = '', platform = 'linux-x64' } = {}) => {
  const folder = cacheFolder || (await emptyFolder());
  const examination = await examineTools(createToolBox({ environment, cacheFolder: folder, platform }));
  return { ...examination, tool: (name: ToolName) => examination.tools.find(({ tool }) => tool === name) };
};

const named = (): Environment => ({
  OPENBAO_DR_TEMPORAL: toolPath('temporal'),
  OPENBAO_DR_BAO: toolPath('bao'),
  OPENBAO_DR_TRAEFIK: toolPath('traefik'),
  OPENBAO_DR_WEED: toolPath('weed'),
});

describe('examining the tools', () => {
  it('finds that a drill can run with the real programs alone, without Python', async () => {
    const { canDrill, installer, tool } = await examine({ ...named(), PATH: await emptyFolder() });
    expect(canDrill).toBe(true);
    expect(tool('bao')).toMatchObject({ state: 'ready', source: 'environment', path: toolPath('bao') });
    expect(tool('bao')?.needed).toBe(true);
    expect(tool('rustfs')).toMatchObject({ state: 'missing', variable: 'OPENBAO_DR_RUSTFS', needed: false });
    expect(installer).toMatchObject({ ready: false, problem: expect.stringContaining('Python 3') as string });
  });

  it('finds that a drill can run when what is missing can be installed', async () => {
    const { canDrill, installer, tool } = await examine(environmentWith());
    expect(canDrill).toBe(true);
    expect(installer).toMatchObject({ ready: true, pythonVersion: expect.stringMatching(/^3\./) as string });
    expect(['ready', 'installable']).toContain(tool('temporal')?.state);
  });

  it('finds that no drill can run without programs and without Python', async () => {
    const { canDrill, tool } = await examine({ PATH: await emptyFolder() });
    expect(canDrill).toBe(false);
    expect(tool('temporal')).toMatchObject({
      state: 'missing',
      problem: expect.stringContaining('Python 3') as string,
    });
  });

  it('finds that no drill can run where a needed tool has no wheel, and says which variable to set', async () => {
    const environment = environmentWith({ ...named(), OPENBAO_DR_WEED: undefined, PATH: await emptyFolder() });
    const { canDrill, tool } = await examine(environment, { platform: 'darwin-x64' });
    expect(canDrill).toBe(false);
    expect(tool('weed')?.problem).toContain('OPENBAO_DR_WEED');
    expect([tool('weed')?.needed, tool('rustfs')?.needed]).toEqual([true, true]);
  });

  it('takes RustFS in place of SeaweedFS', async () => {
    const folder = await emptyFolder();
    const rustfs = await writeProgram(folder, 'rustfs', 'rustfs 1.0.1');
    const environment = { ...named(), OPENBAO_DR_WEED: undefined, OPENBAO_DR_RUSTFS: rustfs, PATH: '/usr/bin:/bin' };
    expect((await examine(environment, { platform: 'darwin-x64' })).canDrill).toBe(true);
  });

  it('finds that no drill can run while a variable names nothing, although the tool could be installed', async () => {
    for (const variable of ['OPENBAO_DR_BAO', 'OPENBAO_DR_RUSTFS']) {
      const { canDrill, tools } = await examine(environmentWith({ ...named(), [variable]: '/nowhere/program' }));
      expect(canDrill).toBe(false);
      expect(tools.find((examined) => examined.variable === variable)).toMatchObject({
        state: 'unusable',
        problem: expect.stringContaining(variable) as string,
      });
    }
  });

  it('tells which programs on PATH it passed over', async () => {
    const folder = await emptyFolder();
    const path = await writeProgram(folder, 'traefik', 'Version: 2.11.0');
    const { tool } = await examine({ PATH: `${folder}:/usr/bin:/bin` });
    expect(tool('traefik')?.ignored).toEqual([{ path, version: '2.11.0' }]);
  });

  it('finds that nothing can be installed into a cache that cannot be written to', async () => {
    const file = join(await emptyFolder(), 'file');
    await writeFile(file, '');
    const { installer } = await examine(environmentWith(), { cacheFolder: join(file, 'cache') });
    expect(installer).toMatchObject({ ready: false, problem: expect.stringContaining('OPENBAO_DR_CACHE') as string });
  });
});
