/** The lane `compose` as the command line on the containers' machine makes it, uses it and removes it. */
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../domain/report.js';
import { createLanes } from '../../infra/lanes.js';
import type { ComposeLane } from '../../infra/compose/compose-lane.js';
import { createMaterials } from '../../infra/materials.js';
import { openStateFolder } from '../../infra/state-folder.js';
import { createToolBox } from '../../systems/tools/index.js';
import { findFreePorts } from '../../systems/processes/free-ports.js';
import { toolPath } from '../support/tools.js';
import { ensureImages, noEngine, root } from './engine.js';

describe.skipIf(await noEngine())('a lane in containers, made from this machine', () => {
  let folder: string;
  let environment: Record<string, string>;

  const openbaoDr = async (args: readonly string[], extra: Readonly<Record<string, string>> = {}) => {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [join(root, 'dist/client/main.js'), ...args], {
      env: { ...environment, ...extra },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    return { exitCode, stdout, stderr };
  };
  const ofLane = async (): Promise<string> => {
    const { stdout } = await execa('docker', ['ps', '--all', '--quiet', '--filter', 'name=openbao-dr-compose']);
    return stdout;
  };
  const planned = async (plan: object): Promise<string> => {
    const file = join(folder, 'plan.json');
    await writeFile(file, JSON.stringify(plan));
    return file;
  };

  beforeAll(async () => {
    ensureImages();
    folder = await mkdtemp(join(tmpdir(), 'openbao-dr-compose-'));
    const engine = ['DOCKER_HOST', 'DOCKER_CONFIG', 'DOCKER_CONTEXT'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const docker = (await execa('sh', ['-c', 'command -v docker'])).stdout;
    environment = {
      HOME: process.env['HOME'] ?? folder,
      PATH: `${dirname(process.execPath)}:${dirname(docker)}:/usr/bin:/bin`,
      OPENBAO_DR_STATE: join(folder, 'state'),
      OPENBAO_DR_TEMPORAL: toolPath('temporal'),
      ...Object.fromEntries(engine),
    };
  }, 600_000);
  afterAll(async () => {
    await openbaoDr(['down', 'compose', '--force']);
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  it('says that an image is missing where no registry has it, and that nothing else is wrong', async () => {
    const { exitCode, stderr } = await openbaoDr(['up', 'compose'], { TRAEFIK_IMAGE: 'traefik:v0.0.0-none' });
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain('An image of the lane is not on this machine and cannot be pulled');
    await openbaoDr(['down', 'compose']);
  }, 120_000);

  it('says that a port is taken', async () => {
    const [port] = await findFreePorts(1);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      const file = await planned({ lane: 'compose', compose: { ports: { source: port } } });
      const { exitCode, stderr } = await openbaoDr(['up', '--plan', file]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(String(port));
    } finally {
      server.close();
    }
  }, 60_000);

  it('says that no engine answers', async () => {
    const { exitCode, stderr } = await openbaoDr(['up', 'compose-other'], {
      DOCKER_HOST: 'unix:///nowhere/docker.sock',
    });
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain('The container engine does not answer');
    expect((await openbaoDr(['down', 'compose-other', '--force'])).exitCode).toBe(0);
  }, 60_000);

  it('drills, having lost the source, and leaves nothing behind', async () => {
    const file = await planned({ lane: 'compose', disaster: 'source-loss' });
    const { exitCode, stdout, stderr } = await openbaoDr(['drill', '--plan', file, '--approve-as', 'ann', '--json']);
    expect(exitCode, stderr).toBe(0);
    const report = JSON.parse(stdout) as DrillReport;
    expect(report).toMatchObject({ result: 'passed', cleanup: { outcome: 'succeeded' } });
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(await ofLane()).toBe('');
    expect(await readdir(join(folder, 'state', 'lanes'))).toEqual([]);
  }, 300_000);

  describe('once it is up', () => {
    let lane: ComposeLane;

    beforeAll(async () => {
      const { exitCode, stderr } = await openbaoDr(['up', 'compose']);
      expect(exitCode, stderr).toBe(0);
      const stateFolder = await openStateFolder(join(folder, 'state'));
      const materials = createMaterials(stateFolder);
      const tools = createToolBox({ environment, cacheFolder: join(folder, 'cache') });
      lane = createLanes({ stateFolder, materials, tools, environment }).open('compose') as ComposeLane;
    }, 180_000);

    it('keeps its files to one user', async () => {
      const lanes = join(folder, 'state', 'lanes');
      const entries = await readdir(lanes, { recursive: true, withFileTypes: true });
      const open = await Promise.all(
        entries.map(async (entry) => {
          const path = join(entry.parentPath, entry.name);
          // What a server itself writes into its private folder is its own business.
          if (/\/data\//.test(path)) return undefined;
          return ((await stat(path)).mode & 0o077) === 0 ? undefined : path;
        }),
      );
      expect(open.filter((path) => path !== undefined)).toEqual([]);
    });

    it('has a target that reaches Transit and the bucket and nobody else', async () => {
      const { isolated, observed, tries } = await lane.observeIsolation();
      expect(isolated, observed).toBe(true);
      expect(tries.filter(({ mayReach }) => mayReach)).toHaveLength(2);
      expect(tries.filter(({ mayReach }) => !mayReach)).toHaveLength(8);
    }, 60_000);

    it('sees that a target on one more network is not by itself', async () => {
      await execa('docker', ['network', 'connect', 'openbao-dr-compose_source', 'openbao-dr-compose-target-1']);
      const { isolated, observed } = await lane.observeIsolation();
      expect(isolated).toBe(false);
      expect(observed).toContain("the source's server: answered");
      await execa('docker', ['network', 'disconnect', 'openbao-dr-compose_source', 'openbao-dr-compose-target-1']);
    }, 60_000);

    it('adopts what runs, and repairs a container that died', async () => {
      await execa('docker', ['kill', 'openbao-dr-compose-edge-target-1', 'openbao-dr-compose-target-1']);
      const { exitCode, stderr } = await openbaoDr(['up', 'compose']);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain('lane compose: found, adopting what runs');
    }, 120_000);

    it('saves what its containers have printed', async () => {
      const files = await lane.saveLogs(join(folder, 'logs'));
      expect(files.map((file) => file.split('/').at(-1))).toContain('target.log');
    }, 60_000);

    it('goes away as a whole', async () => {
      const { exitCode, stderr } = await openbaoDr(['down', 'compose']);
      expect(exitCode, stderr).toBe(0);
      expect(await ofLane()).toBe('');
      const { stdout } = await execa('docker', ['volume', 'ls', '--quiet', '--filter', 'name=openbao-dr-compose']);
      expect(stdout).toBe('');
    }, 120_000);
  });
});
