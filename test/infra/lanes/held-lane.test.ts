import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MadeLane } from '../../../infra/lanes/made/shell/made-lane.js';
import type { LaneHolder } from '../../../activities/ports/reservations.js';
import { laneKinds } from '../../../domain/plan/plan.js';
import { parsePlan } from '../../../domain/plan/plan-schema.js';
import { createLaneReservations } from '../../../infra/state/lane-reservations.js';
import { createHeldLanes, createLanes, type KnownLanes } from '../../../infra/lanes/lanes.js';
import { createMaterials } from '../../../infra/state/materials.js';
import { openStateFolder, type StateFolder } from '../../../infra/state/state-folder.js';
import { withFileLock } from '../../../systems/files/file-lock.js';
import { createToolBox } from '../../../systems/tools/index.js';

const cutover = { way: 'edge', timeoutSeconds: 60 } as const;
const request = (lane: string) => ({ owner: 'a-drill', options: parsePlan({ lane }), freshTarget: true });
const quiet = (): void => undefined;
const changes: readonly [string, (lane: MadeLane) => Promise<unknown>][] = [
  ['provision', (lane) => lane.provision(request(lane.name), quiet)],
  ['restartSite', (lane) => lane.servers.restart('target')],
  ['markTargetUsed', (lane) => lane.target.markUsed('a-drill')],
  ['pointClientsAt', (lane) => lane.clients.pointAt('target')],
  ['beginMove', (lane) => lane.clients.beginMove({ drillId: 'a-drill', to: 'target', cutover })],
  ['noteClientsAt', (lane) => lane.clients.noteAt('target')],
  ['fence', (lane) => lane.edges.fence('source')],
  ['liftFence', (lane) => lane.edges.liftFence('source')],
  // Where a lane has no edge stand by, it is fenced once more.
  ['standBy', ({ edges }) => (edges.standBy ?? edges.fence)('source')],
  ['loseSite', (lane) => lane.servers.lose('source')],
  ['recoverSite', (lane) => lane.servers.recover('source')],
  ['teardownPair', (lane) => lane.disposal.teardownPair(quiet)],
  ['teardown', (lane) => lane.disposal.teardown(quiet)],
];

describe('a lane that a run has taken over', () => {
  let folder: string;
  let stateFolder: StateFolder;
  let lanes: KnownLanes;
  const holder = (runId: string): LaneHolder => ({
    ...{ drillId: `drill-${runId}`, workflowId: 'dr-drill/local', runId },
    ...{ namespace: 'default', temporalClusterId: 'cluster' },
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openbao-dr-held-'));
    stateFolder = await openStateFolder(join(folder, 'state'));
    const tools = createToolBox({ environment: {}, cacheFolder: join(folder, 'cache') });
    lanes = createLanes({ stateFolder, materials: createMaterials(stateFolder), tools, environment: {} });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each(laneKinds.flatMap((kind) => changes.map(([name, change]) => [kind, name, change] as const)))(
    '%s: %s does nothing for the run that had it before',
    async (kind, _, change) => {
      const refused = new Error('another run has it');
      const lane = lanes.open(kind, () => Promise.reject(refused)) as MadeLane;
      await expect(change(lane)).rejects.toBe(refused);
    },
  );

  it('is not handed to a step of a run that has it not', async () => {
    const reservations = createLaneReservations({ stateFolder, isRunning: async () => false });
    const held = (runId: string) => createHeldLanes(lanes, reservations).held('local', { drillId: 'drill-a', runId });
    await expect(held('a')).rejects.toMatchObject({ type: 'LaneElsewhere' });
    await reservations.reserve('local', holder('a'));
    await expect(held('out-of-a-reset')).rejects.toMatchObject({ type: 'RunWasReset' });
    expect((await held('a')).name).toBe('local');
  });

  it('is not changed by a step that waited for it while another run took it', async () => {
    const reservations = createLaneReservations({ stateFolder, isRunning: async () => false });
    await reservations.reserve('local', holder('a'));
    const lane = await createHeldLanes(lanes, reservations).held('local', { drillId: 'drill-a', runId: 'a' });
    await withFileLock(join(stateFolder.lanes, 'local.building.lock'), async () => {
      const waiting = expect(lane.clients.noteAt('target')).rejects.toMatchObject({ type: 'LaneElsewhere' });
      await reservations.reserve('local', holder('b'));
      return { waiting };
    }).then(({ waiting }) => waiting);
  });
});
