/** The lane `compose` as the command line on the containers' machine makes it, uses it and removes it. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../domain/report/report.js';
import { createLanes } from '../../infra/lanes/lanes.js';
import type { ObservedIsolation } from '../../infra/lanes/compose/containers/isolation.js';
import type { MadeLane } from '../../infra/lanes/made/shell/made-lane.js';
import { createMaterials } from '../../infra/state/materials.js';
import { openStateFolder } from '../../infra/state/state-folder.js';
import { createToolBox } from '../../systems/tools/index.js';
import { type CommandLine, openCommandLine } from './command-line.js';
import { ensureImages, noEngine } from './engine.js';

const isolationOf = async ({ insight }: MadeLane): Promise<ObservedIsolation> =>
  (await insight!.observeIsolation!()) as ObservedIsolation;

describe.skipIf(await noEngine())('a lane in containers, made from this machine', () => {
  let here: CommandLine;

  const ofLane = async (): Promise<string> => {
    const { stdout } = await execa('docker', ['ps', '--all', '--quiet', '--filter', 'name=openbao-dr-compose']);
    return stdout;
  };

  beforeAll(async () => {
    ensureImages();
    here = await openCommandLine();
  }, 600_000);
  afterAll(async () => {
    await here.openbaoDr(['down', 'compose', '--force']);
    await here.remove();
  }, 120_000);

  it('drills, having lost the source, and leaves nothing behind', async () => {
    const file = await here.planned({ lane: 'compose', disaster: 'source-loss' });
    const { exitCode, stdout, stderr } = await here.openbaoDr([
      'drill',
      '--plan',
      file,
      '--approve-as',
      'ann',
      '--json',
    ]);
    expect(exitCode, stderr).toBe(0);
    const report = JSON.parse(stdout) as DrillReport;
    expect(report).toMatchObject({ result: 'passed', cleanup: { outcome: 'succeeded' } });
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(await ofLane()).toBe('');
    expect(await readdir(join(here.stateFolder, 'lanes'))).toEqual([]);
  }, 300_000);

  describe('once it is up', () => {
    let lane: MadeLane;

    beforeAll(async () => {
      const { exitCode, stderr } = await here.openbaoDr(['up', 'compose']);
      expect(exitCode, stderr).toBe(0);
      const { environment } = here;
      const stateFolder = await openStateFolder(here.stateFolder);
      const materials = createMaterials(stateFolder);
      const tools = createToolBox({ environment, cacheFolder: join(here.folder, 'cache') });
      lane = createLanes({ stateFolder, materials, tools, environment }).open('compose') as MadeLane;
    }, 180_000);

    it('keeps its files to one user', async () => {
      const lanes = join(here.stateFolder, 'lanes');
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
      const { isolated, observed, tries } = await isolationOf(lane);
      expect(isolated, observed).toBe(true);
      expect(tries.filter(({ mayReach }) => mayReach)).toHaveLength(2);
      expect(tries.filter(({ mayReach }) => !mayReach)).toHaveLength(8);
    }, 60_000);

    it('sees that a target on one more network is not by itself', async () => {
      await execa('docker', ['network', 'connect', 'openbao-dr-compose_source', 'openbao-dr-compose-target-1']);
      const { isolated, observed } = await isolationOf(lane);
      expect(isolated).toBe(false);
      expect(observed).toContain("the source's server: answered");
      await execa('docker', ['network', 'disconnect', 'openbao-dr-compose_source', 'openbao-dr-compose-target-1']);
    }, 60_000);

    it('adopts what runs, and repairs a container that died', async () => {
      await execa('docker', ['kill', 'openbao-dr-compose-edge-target-1', 'openbao-dr-compose-target-1']);
      const { exitCode, stderr } = await here.openbaoDr(['up', 'compose']);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain('lane compose: found, adopting what runs');
    }, 120_000);

    it('saves what its containers have printed', async () => {
      const files = await lane.insight!.saveLogs!(join(here.folder, 'logs'));
      expect(files.map((file) => file.split('/').at(-1))).toContain('target.log');
    }, 60_000);

    it('goes away as a whole', async () => {
      const { exitCode, stderr } = await here.openbaoDr(['down', 'compose']);
      expect(exitCode, stderr).toBe(0);
      expect(await ofLane()).toBe('');
      const { stdout } = await execa('docker', ['volume', 'ls', '--quiet', '--filter', 'name=openbao-dr-compose']);
      expect(stdout).toBe('');
    }, 120_000);
  });
});
