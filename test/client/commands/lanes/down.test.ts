import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drillWorkflowId, drillWorkflowType, taskQueue } from '../../../../domain/contract/contract.js';
import type { LaneHolder } from '../../../../activities/ports/reservations.js';
import { k3dLanePaths } from '../../../../infra/lanes/k3d/lane-paths.js';
import { openK3dRecord } from '../../../../infra/lanes/k3d/lane-record.js';
import { createLaneReservations, readReservation } from '../../../../infra/state/lane-reservations.js';
import { openStateFolder, type StateFolder } from '../../../../infra/state/state-folder.js';
import { ensurePrivateFolder } from '../../../../systems/files/private-folder.js';
import { readClusterId } from '../../../../systems/temporal/connect.js';
import { startTestTemporal, type TestTemporal } from '../../../support/servers/temporal.js';
import { adoptingOptions } from '../../../infra/lanes/k3d/test-lane.js';
import { realKubectl } from '../../../systems/kubernetes/support.js';
import { temporaryFolder, type } from '../../test-context.js';

describe('openbao-dr down, of a lane that a drill has', () => {
  let temporal: TestTemporal;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stateFolder: StateFolder;
  let holder: LaneHolder;

  const down = (args: readonly string[] = [], address = temporal.settings.address) =>
    type(['down', ...args], { environment: { OPENBAO_DR_STATE: stateFolder.root, TEMPORAL_ADDRESS: address } });
  const drill = () => temporal.client.workflow.getHandle(holder.workflowId, holder.runId);

  beforeAll(async () => {
    temporal = await startTestTemporal();
    folder = await temporaryFolder();
    stateFolder = await openStateFolder(join(folder.path, 'state'));
  });
  beforeEach(async () => {
    const workflowId = drillWorkflowId('local');
    const { firstExecutionRunId: runId } = await temporal.client.workflow.start(drillWorkflowType, {
      workflowId,
      taskQueue,
      args: [{ lane: 'local' }],
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    const { namespace } = temporal.settings;
    const temporalClusterId = await readClusterId(temporal.connection, namespace);
    holder = { drillId: 'd1', workflowId, runId, namespace, temporalClusterId };
    await createLaneReservations({ stateFolder, isRunning: async () => false }).reserve('local', holder);
  });
  afterAll(async () => {
    await temporal.stop();
    await folder[Symbol.asyncDispose]();
  });

  it('refuses while the drill runs', async () => {
    const { exitCode, stderr } = await down();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Lane local is in use by drill d1');
    expect(await readReservation(stateFolder, 'local')).toEqual(holder);
  });

  it('prints with --json what it took down, and nothing else', async () => {
    const { exitCode, stdout } = await down(['local', '--force', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ lane: 'local', made: false });
  });

  it('refuses while nobody can tell whether the drill runs', async () => {
    // Nothing listens on port 1.
    const { exitCode, stderr } = await down([], '127.0.0.1:1');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('may be in use by drill d1, whose Temporal server does not answer here');
  });

  it('takes it down all the same when forced to', async () => {
    expect((await down(['--force'])).exitCode).toBe(0);
    expect(await readReservation(stateFolder, 'local')).toBeUndefined();
  });

  it('takes it down once the drill is over', async () => {
    await drill().terminate('over');
    expect((await down()).exitCode).toBe(0);
    expect(await readReservation(stateFolder, 'local')).toBeUndefined();
  });
});

it('openbao-dr down, of a lane whose adopted clusters are gone, forgets them only when told to', async () => {
  await using folder = await temporaryFolder();
  const stateFolder = await openStateFolder(join(folder.path, 'state'));
  const paths = k3dLanePaths(stateFolder, 'k3d');
  await ensurePrivateFolder(paths.folder);
  const record = openK3dRecord(paths);
  await record.create(
    async () => ({
      ...{ kind: 'k3d', layout: 1, lane: 'k3d', id: 'k3d.0123abcd', createdBy: 'up', storage: 'weed' },
      options: { ...adoptingOptions, adopt: [...adoptingOptions.adopt] },
      ports: { edges: { infra: 1, source: 2, target: 3, clients: 4 }, storage: 5, storageInternal: [] },
      ...{ materialsReady: true, gatewayDefinitions: [], ready: [], clientsAt: 'source', processes: {} },
      parts: { 'cluster-target': 'adopted', 'secrets-target': 'made' },
    }),
    async () => undefined,
  );
  const KUBECONFIG = join(folder.path, 'kubeconfig');
  await writeFile(KUBECONFIG, 'apiVersion: v1\nkind: Config\n');
  const environment = { OPENBAO_DR_STATE: stateFolder.root, OPENBAO_DR_KUBECTL: await realKubectl(), KUBECONFIG };
  const down = (...args: readonly string[]) => type(['down', 'k3d', ...args], { environment });

  // That a drill may have it is another matter.
  for (const refused of [await down(), await down('--force')]) {
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('Lane k3d cannot be removed from k3d-openbao-dr-target, which is not in the');
    expect(refused.stderr).toContain('"openbao-dr down k3d --forget-missing"');
  }
  expect(await record.read()).toBeDefined();
  const { exitCode, stderr } = await down('--forget-missing');
  expect(exitCode).toBe(0);
  expect(stderr).toContain(
    'target: left in k3d-openbao-dr-target, which is not in the kubeconfig: secrets-target; should it come back',
  );
  expect(await record.read()).toBeUndefined();
});
