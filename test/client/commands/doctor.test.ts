import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../client/commands/doctor.js';
import { toolPath } from '../../support/tools.js';
import { temporaryFolder, type, type TestContext } from '../test-context.js';

describe('openbao-dr doctor', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  const environment = (change: Readonly<Record<string, string | undefined>> = {}) => ({
    PATH: '/usr/bin:/bin',
    OPENBAO_DR_STATE: join(folder.path, 'state'),
    OPENBAO_DR_CACHE: join(folder.path, 'cache'),
    OPENBAO_DR_TEMPORAL: toolPath('temporal'),
    OPENBAO_DR_BAO: toolPath('bao'),
    OPENBAO_DR_TRAEFIK: toolPath('traefik'),
    OPENBAO_DR_WEED: toolPath('weed'),
    // Nothing listens on port 1.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    ...change,
  });
  const doctor = (args: readonly string[] = [], change: Partial<TestContext> = {}) =>
    type(['doctor', ...args], { environment: environment(), ...change });

  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('lists every tool with version, origin and place, and leaves nothing behind', async () => {
    const { exitCode, stdout } = await doctor();
    expect(stdout).toMatch(/✔ +temporal +[\d.]+ +environment +\//);
    expect(stdout).toContain('A drill can run here.');
    expect(stdout).toContain('127.0.0.1:1, which the settings name, does not answer');
    expect(exitCode).toBe(0);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('gives the same as data', async () => {
    const { exitCode, stdout, stderr } = await doctor(['--json']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    const { canDrill, tools, findings } = JSON.parse(stdout) as Diagnosis;
    expect(canDrill).toBe(true);
    expect(tools.find(({ tool }) => tool === 'bao')).toMatchObject({ state: 'ready', source: 'environment' });
    expect(findings.map(({ what }) => what)).toEqual(['Node.js', 'platform', 'state folder', 'Temporal server']);
  });

  it.each([
    ['a tool that is named but not there', { OPENBAO_DR_BAO: '/nonexistent/bao' }, 'OPENBAO_DR_BAO'],
    ['Temporal settings that make no sense', { TEMPORAL_ADDRESS: 'a b' }, 'not of the form host:port'],
  ])('says what to do about %s, and ends with 2', async (_, variables, problem) => {
    const { exitCode, stdout } = await doctor([], { environment: environment(variables) });
    expect(stdout).toContain(problem);
    expect(stdout).toContain('A drill cannot run here.');
    expect(exitCode).toBe(2);
  });

  it.each([
    ['an old Node.js', { nodeVersion: 'v20.18.3' }, 'Node.js 20.19 or newer is needed'],
    ['a platform that no tool runs on', { platform: 'win32-x64' }, 'on Windows use WSL'],
  ])('says what to do about %s, and ends with 2', async (_, machine, problem) => {
    const { exitCode, stdout } = await doctor([], machine);
    expect(stdout).toContain(problem);
    expect(exitCode).toBe(2);
  });

  it('says that a state folder holds other things', async () => {
    await using other = await temporaryFolder();
    await writeFile(join(other.path, 'precious.txt'), 'mine');
    const { exitCode, stdout } = await doctor(['--state-dir', other.path]);
    expect(stdout).toContain('holds files that openbao-dr did not make');
    expect(exitCode).toBe(2);
    const file = await doctor(['--state-dir', join(other.path, 'precious.txt')]);
    expect(file.exitCode).toBe(2);
    expect(file.stdout).toContain('✘');
  });
});
