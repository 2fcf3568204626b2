import { readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../../client/commands/lanes/doctor.js';
import { toolPath } from '../../../support/tools.js';
import { temporaryFolder, type, type TestContext } from '../../test-context.js';

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
    expect(stdout).toContain('a drill brings its own');
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
    // Nothing listens on port 1.
    [
      'a named Temporal server that is away',
      { TEMPORAL_ADDRESS: '127.0.0.1:1' },
      'No other server is used in its place',
    ],
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

  it('says nothing of a k3d lane unless asked', async () => {
    const { stdout } = await doctor(['--json']);
    const { tools } = JSON.parse(stdout) as Diagnosis;
    expect(tools.map(({ tool }) => tool)).toEqual(['temporal', 'bao', 'traefik', 'weed', 'rustfs', 'rclone']);
    expect((await doctor(['local-blue', '--json'])).stdout).toBe(stdout);
  });

  it('shows people no tool that is missing and not needed', async () => {
    const { exitCode, stdout } = await doctor();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/✔ +weed/);
    expect(stdout).not.toMatch(/rustfs|not needed|✘|– +-/);
  });

  it('says that a state folder holds other things', async () => {
    await using other = await temporaryFolder();
    await writeFile(join(other.path, 'precious.txt'), 'mine');
    const { exitCode, stdout } = await doctor(['--state-dir', other.path]);
    expect(stdout).toContain('holds files that openbao-dr did not make');
    expect(exitCode).toBe(2);
    const file = await doctor(['--state-dir', join(other.path, 'precious.txt')]);
    expect(file.exitCode).toBe(2);
    expect(file.stdout.match(/✘ .*/g)).toHaveLength(2);
    expect(file.stdout).not.toContain('rustfs');
  });
});

describe('openbao-dr doctor for lanes in containers', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  /** A program that answers by its first words; anything else ends with 1. */
  const program = async (name: string, answers: Readonly<Record<string, string>>): Promise<string> => {
    const path = join(folder.path, name);
    const cases = Object.entries(answers).map(([words, answer]) => `  *"${words}"*) echo '${answer}'; exit 0 ;;`);
    const lines = ['#!/bin/sh', 'case "$*" in', ...cases, 'esac', `echo '${name} is silent' >&2`, 'exit 1', ''];
    await writeFile(path, lines.join('\n'), { mode: 0o755 });
    return path;
  };
  const info = {
    Name: hostname(),
    OperatingSystem: 'Debian',
    MemTotal: 2 ** 33,
    DockerRootDir: '/nonexistent/docker',
    CgroupVersion: '2',
  };
  const versions = (server: string) =>
    JSON.stringify({ clientVersion: { gitVersion: 'v1.35.1' }, serverVersion: { gitVersion: server } }, undefined, 1);
  const programs = async ({ docker = {}, kubectl = {} }: Readonly<Record<string, Record<string, string>>> = {}) => ({
    OPENBAO_DR_DOCKER: await program('docker', { '--version': 'Docker version 28.2.2, build x', ...docker }),
    OPENBAO_DR_K3D: await program('k3d', { 'cluster list': '[]', version: 'k3d version v5.9.0' }),
    OPENBAO_DR_HELM: await program('helm', { version: 'v3.22.0+g0' }),
    OPENBAO_DR_KUBECTL: await program('kubectl', { '--client': versions('none'), ...kubectl }),
  });
  const examine = (variables: Readonly<Record<string, string | undefined>>, ...args: readonly string[]) =>
    examineLane('k3d', variables, ...args);
  const examineLane = async (
    lane: string,
    variables: Readonly<Record<string, string | undefined>>,
    ...args: readonly string[]
  ) => {
    const environment = {
      PATH: '/usr/bin:/bin',
      OPENBAO_DR_STATE: join(folder.path, 'state'),
      OPENBAO_DR_CACHE: join(folder.path, 'cache'),
      OPENBAO_DR_TEMPORAL: toolPath('temporal'),
      OPENBAO_DR_WEED: toolPath('weed'),
      ...variables,
    };
    const { exitCode, stdout } = await type(['doctor', lane, '--json', ...args], { environment });
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    const found = (what: string) => diagnosis.findings.find((finding) => finding.what === what);
    const printed = async () => (await type(['doctor', lane, ...args], { environment })).stdout;
    return { ...diagnosis, exitCode, found, printed };
  };
  const own = ['Node.js', 'platform', 'state folder', 'Temporal server'];

  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('says of a compose lane that its engine does not answer, and ends with 2', async () => {
    const { exitCode, canDrill, found, tools, printed } = await examineLane('compose', await programs());
    expect({ exitCode, canDrill }).toEqual({ exitCode: 2, canDrill: false });
    expect(tools.map(({ tool }) => tool)).toEqual(['temporal', 'docker']);
    expect(found('Docker engine')).toMatchObject({
      ok: false,
      problem: 'The Docker engine does not answer: start it, and let this user use it (docker is silent)',
    });
    expect(found('ports')).toMatchObject({ ok: true });
    expect(await printed()).toContain('A drill cannot run here.');
  });

  it('says of a compose lane whose engine and Compose answer that a drill can run', async () => {
    const docker = {
      'version --format': JSON.stringify({ Server: { Version: '28.2.2' } }),
      info: JSON.stringify(info),
      'compose version': '2.40.3',
    };
    const { exitCode, found } = await examineLane('compose', await programs({ docker }));
    expect(found('Docker engine')).toMatchObject({ ok: true, found: '28.2.2 on Debian' });
    expect(found('Docker Compose')).toMatchObject({ ok: true });
    expect(exitCode).toBe(0);
  });

  it('looks at everything that the clusters need of this machine', async () => {
    const docker = {
      'version --format': JSON.stringify({ Server: { Version: '28.2.2' } }),
      info: JSON.stringify(info),
    };
    const { exitCode, canDrill, findings, found, tools } = await examine(await programs({ docker }));
    expect(findings.map(({ what }) => what)).toEqual([
      ...own,
      'docker engine',
      'control groups',
      'free memory',
      "engine's disk",
      'fs.inotify.max_user_instances',
      'fs.inotify.max_user_watches',
      ...['6550', '443', '8443', '6551', '10443', '6552', '11443', '19000'].map((port) => `port ${port}`),
    ]);
    expect(tools.map(({ tool, state }) => [tool, state])).toEqual([
      ['temporal', 'ready'],
      ['kubectl', 'ready'],
      ['helm', 'ready'],
      ['k3d', 'ready'],
      ['docker', 'ready'],
    ]);
    expect(found('docker engine')).toMatchObject({ ok: true, found: '28.2.2 on Debian' });
    expect(found('control groups')).toMatchObject({ ok: true });
    expect(found("engine's disk")).toMatchObject({ ok: null, found: expect.stringContaining('not checked') as string });
    // Whether there is room is for this machine to tell.
    expect(canDrill).toBe(findings.every(({ ok }) => ok !== false));
    expect(exitCode).toBe(canDrill ? 0 : 2);
  });

  it('does not take the limits of this machine for those of an engine elsewhere', async () => {
    const docker = {
      'version --format': JSON.stringify({ Server: { Version: '28.2.2' } }),
      info: JSON.stringify({ ...info, Name: 'docker-desktop' }),
    };
    const { found } = await examine(await programs({ docker }));
    expect(found('memory of the engine')).toMatchObject({ ok: true });
    for (const what of ["engine's disk", 'fs.inotify.max_user_instances']) {
      expect(found(what)).toMatchObject({ ok: null, found: expect.stringContaining('docker-desktop') as string });
    }
  });

  it('ends with 2 when the engine does not answer, and marks what could not be checked', async () => {
    const { exitCode, found, printed } = await examine(await programs());
    expect(exitCode).toBe(2);
    expect(found('docker engine')?.problem).toContain('docker is silent');
    const text = await printed();
    expect(text).toMatch(/✘ +docker engine +does not answer/);
    expect(text).toMatch(/– +engine's disk +not checked: only the engine tells where it is/);
    expect(text).toContain('A drill cannot run here.');
  });

  it('ends with 2 when a program is missing, and names the variable', async () => {
    const { exitCode, tools } = await examine({ ...(await programs()), OPENBAO_DR_K3D: undefined });
    expect(exitCode).toBe(2);
    expect(tools.find(({ tool }) => tool === 'k3d')?.problem).toContain('OPENBAO_DR_K3D');
  });

  it('needs neither engine nor k3d nor helm for what exists already, and asks for that', async () => {
    const plan = join(folder.path, 'plan.yaml');
    await writeFile(plan, 'lane: k3d\nk3d: { storage: process }\n');
    const kubectl = { 'version --output json': versions('v1.34.4'), 'get customresourcedefinitions': '' };
    const adopt = ['--plan', plan, '--adopt', 'clusters,operator', '--host-address', '127.0.0.1'];
    const { exitCode, findings, found, tools } = await examine(await programs({ kubectl }), ...adopt);
    expect(findings.map(({ what }) => what)).toEqual([
      ...own,
      'context k3d-openbao-dr-infra',
      'context k3d-openbao-dr-source',
      'operator of source',
      'context k3d-openbao-dr-target',
      'operator of target',
    ]);
    expect(tools.map(({ tool }) => tool)).toEqual(['temporal', 'weed', 'rustfs', 'kubectl']);
    expect(found('context k3d-openbao-dr-infra')).toMatchObject({
      ok: true,
      found: 'Kubernetes 1.34.4, kubectl 1.35.1',
    });
    expect(found('operator of source')?.problem).toContain('does not know openbaoclusters.openbao.org');
    expect(exitCode).toBe(2);
  });

  it('says of a context that does not answer what is wrong, and of what is behind it that it was not checked', async () => {
    const adopt = ['--adopt', 'clusters,gateway', '--host-address', '127.0.0.1'];
    const { found } = await examine(await programs(), ...adopt);
    expect(found('context k3d-openbao-dr-source')).toMatchObject({ ok: false });
    expect(found('gateway of source')).toMatchObject({ ok: null });
  });

  it('says of a plan what its worker does not allow, until its administrator does', async () => {
    const adopt = ['--adopt', 'clusters', '--host-address', '0.0.0.0'];
    const { exitCode, found } = await examine(await programs(), ...adopt);
    expect(found('images and addresses')?.problem).toContain('does not listen on 0.0.0.0');
    expect(exitCode).toBe(2);
    const allowed = await examine({ ...(await programs()), OPENBAO_DR_ALLOWED_ADDRESSES: '0.0.0.0' }, ...adopt);
    expect(allowed.found('images and addresses')).toBeUndefined();
  });

  it('leaves nothing behind', async () => {
    expect((await readdir(folder.path)).filter((name) => ['state', 'cache'].includes(name))).toEqual([]);
  });
});
