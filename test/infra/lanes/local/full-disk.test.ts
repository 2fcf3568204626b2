/** A real lane on a disk of its own that gets full: what ends it must not need room. */
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MadeLane } from '../../../../infra/lanes/made/shell/made-lane.js';
import { baseline } from '../../../../domain/pair/topology.js';
import { createLaneReservations } from '../../../../infra/state/lane-reservations.js';
import { createLanes } from '../../../../infra/lanes/lanes.js';
import type { LaneRecord } from '../../../../infra/lanes/local/lane-record.js';
import { createMaterials } from '../../../../infra/state/materials.js';
import { openStateFolder, type StateFolder } from '../../../../infra/state/state-folder.js';
import { isRunning, type ProcessIdentity } from '../../../../systems/processes/process-identity.js';
import { createToolBox } from '../../../../systems/tools/index.js';
import { toolPath } from '../../../support/tools.js';

const mount = (...args: readonly string[]) => execa('mount', args, { reject: false });

/** Why no disk can be mounted here; undefined if one can. */
const whyNoDisk = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux may mount a small disk';
  const probe = await mkdtemp(join(tmpdir(), 'openbao-dr-disk-'));
  const { exitCode, stderr } = await mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe);
  if (exitCode === 0) await execa('umount', [probe]);
  await rm(probe, { recursive: true });
  return exitCode === 0 ? undefined : `no tmpfs can be mounted: ${stderr}`;
};
const why = await whyNoDisk();

describe.skipIf(why !== undefined)(
  `a local lane whose disk is full${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    let disk: string;
    let cache: string;
    let stateFolder: StateFolder;
    let lane: MadeLane;
    let started: readonly ProcessIdentity[];

    beforeEach(async () => {
      disk = await mkdtemp(join(tmpdir(), 'openbao-dr-full-'));
      cache = await mkdtemp(join(tmpdir(), 'openbao-dr-cache-'));
      await execa('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', disk]);
      stateFolder = await openStateFolder(join(disk, 'state'));
      const environment = {
        OPENBAO_DR_BAO: toolPath('bao'),
        OPENBAO_DR_TRAEFIK: toolPath('traefik'),
        OPENBAO_DR_WEED: toolPath('weed'),
      };
      const tools = createToolBox({ environment, cacheFolder: cache });
      const lanes = createLanes({ stateFolder, materials: createMaterials(stateFolder), tools, environment: {} });
      lane = lanes.open('local') as MadeLane;
      const options = { local: { ports: {}, targetSealKey: baseline.sealKey } };
      await lane.provision({ owner: 'up', freshTarget: false, options }, () => undefined);
      const record = JSON.parse(await readFile(join(stateFolder.lanes, 'local', 'lane.json'), 'utf8')) as LaneRecord;
      started = Object.values(record.processes);
      await fill(disk);
    });
    afterEach(async () => {
      await rm(join(disk, 'filler'), { force: true });
      await lane.disposal.teardown(() => undefined);
      await execa('umount', [disk]);
      await rm(disk, { recursive: true, force: true });
      await rm(cache, { recursive: true, force: true });
    });

    const running = async (): Promise<number> =>
      (await Promise.all(started.map((identity) => isRunning(identity)))).filter(Boolean).length;

    it('goes with all its processes and files, as a drill that is over takes it down', async () => {
      expect(await running()).toBe(8);
      await expect(writeFile(join(disk, 'more'), 'x'.repeat(8_192))).rejects.toMatchObject({ code: 'ENOSPC' });
      await lane.disposal.teardownPair(() => undefined);
      // What signs the report and keeps the snapshot.
      expect(await running()).toBe(3);
      await lane.disposal.teardown(() => undefined);
      expect(await running()).toBe(0);
      expect(await readdir(stateFolder.lanes)).toEqual([]);
    });

    it('goes as `down` takes it down', async () => {
      const reservations = createLaneReservations({ stateFolder, isRunning: async () => false });
      await reservations.whileFree('local', () => lane.disposal.teardown(() => undefined));
      expect(await running()).toBe(0);
      expect(await readdir(stateFolder.lanes)).toEqual([]);
    });
  },
);

/** To the last page. */
const fill = async (disk: string): Promise<void> => {
  const file = await open(join(disk, 'filler'), 'w');
  try {
    for (const bytes of [1024 * 1024, 4_096]) {
      const block = Buffer.alloc(bytes, 1);
      for (;;) {
        const written = await file.write(block).catch((error: { readonly code?: string }) => {
          if (error.code === 'ENOSPC') return undefined;
          throw error;
        });
        if (written === undefined || written.bytesWritten < bytes) break;
      }
    }
  } finally {
    await file.close();
  }
};
