import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canaryApiPaths, canaryIn } from '../../domain/pair/canary.js';
import type { CutoverPlan } from '../../domain/plan/plan.js';
import type { PairSide, Topology } from '../../domain/pair/topology.js';
import { type AnswersClients, findWhoAnswersClients } from '../../infra/lanes/made/clients-name.js';
import { pointClientsEdgeAt } from '../../infra/lanes/local/edges.js';
import { lanePaths } from '../../infra/lanes/local/lane-paths.js';
import { openLaneRecord } from '../../infra/lanes/local/lane-record.js';
import { createLaneReservations, readReservation } from '../../infra/state/lane-reservations.js';
import { readLaneTopology } from '../../infra/lanes/lane-topology.js';
import { openStateFolder, type StateFolder } from '../../infra/state/state-folder.js';
import { routesFileIn } from '../../systems/edge/traefik-edge.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { createTestLane, type TestLane } from '../support/drills/local-lane.js';
import { type RealDrills, startRealDrills } from '../support/drills/real-drills.js';
import { toolPath } from '../support/tools.js';
import { exampleReport } from '../domain/report/example-report.js';
import { waitsForApproval } from '../support/lab.js';
import { createTestContext, temporaryFolder, type } from '../client/test-context.js';

const programs = {
  OPENBAO_DR_BAO: toolPath('bao'),
  OPENBAO_DR_TEMPORAL: toolPath('temporal'),
  OPENBAO_DR_TRAEFIK: toolPath('traefik'),
  OPENBAO_DR_WEED: toolPath('weed'),
};
const asJson = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout) as Record<string, unknown>;
const stepsOf = (answer: { readonly stdout: string }): readonly string[] =>
  (asJson(answer)['steps'] as { step: string; outcome: string }[]).map(({ step, outcome }) => `${step} ${outcome}`);

const lane = 'local';
const id = 'dr-drill/local';
type Stop = 'switchClients' | 'awaitClients' | 'submitRestore';

/** A drill that is terminated in the middle of a step, and what it left. */
describe('openbao-dr undo, after a drill that was terminated', () => {
  let drills: RealDrills;
  let stateFolder: StateFolder;
  let stopAt: Stop | undefined;
  let reached: () => void = () => undefined;
  let letGo: () => void = () => undefined;

  const openbaoDr = (...args: readonly string[]) =>
    type(args, {
      environment: {
        ...programs,
        OPENBAO_DR_STATE: drills.stateDir,
        TEMPORAL_ADDRESS: drills.temporal.settings.address,
        TEMPORAL_NAMESPACE: drills.temporal.settings.namespace,
      },
    });
  const topology = (): Promise<Topology> => readLaneTopology(stateFolder, lane);
  /** An edge takes a moment to follow. */
  const areServedBy = async (side: PairSide): Promise<void> => {
    const pair = await topology();
    await waitUntil(async () => (await findWhoAnswersClients(pair)) === side || undefined, {
      what: `clients to be served by the ${side}`,
      timeoutMs: 10_000,
    });
  };
  const answers = async () => findWhoAnswersClients(await topology());

  /** Answers the drill's id once it was terminated in that step. */
  const terminatedAt = async (step: Stop, plan: object): Promise<string> => {
    stopAt = step;
    const there = new Promise<void>((resolve) => (reached = resolve));
    await drills.start(id, { lane, teardown: 'never', ...plan } as { lane: string });
    if (step !== 'submitRestore') {
      await drills.until(id, 'the drill to wait', waitsForApproval);
      await drills.signal(id, 'approveCutover', { approver: 'ann' });
    }
    await there;
    const { drillId } = (await readReservation(stateFolder, lane))!;
    await drills.temporal.client.workflow.getHandle(id).terminate('as a person would');
    return drillId;
  };

  /** What a client reads that knows only the clients' name. */
  const newestWrite = async (drillId: string) => {
    const { clients, source } = await topology();
    return drills.ports.sites.withLogin(clients, source.admin, async (session) =>
      canaryIn(await session.read(canaryApiPaths.roaming), drillId),
    );
  };

  beforeAll(async () => {
    const stopping = async (step: Stop): Promise<void> => {
      if (stopAt !== step) return;
      stopAt = undefined;
      const gate = new Promise<void>((resolve) => (letGo = resolve));
      reached();
      await gate;
      throw new Error('the run is over');
    };
    drills = await startRealDrills((steps) => ({
      async submitRestore(input) {
        await stopping('submitRestore');
        return steps.submitRestore(input);
      },
      async switchClients(input) {
        await stopping('switchClients');
        return steps.switchClients(input);
      },
      async awaitClients(input) {
        await stopping('awaitClients');
        return steps.awaitClients(input);
      },
    }));
    stateFolder = await openStateFolder(drills.stateDir);
  });
  afterEach(() => letGo());
  afterAll(() => drills[Symbol.asyncDispose]());

  it('has nothing to do while a drill runs, and says who undoes then', async () => {
    stopAt = 'submitRestore';
    const there = new Promise<void>((resolve) => (reached = resolve));
    await drills.start(id, { lane, teardown: 'never', disaster: 'source-loss' } as { lane: string });
    await there;
    const { exitCode, stderr } = await openbaoDr('undo', lane, '--yes');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('has not ended: let it undo what it did with `openbao-dr cancel local`');
    await drills.temporal.client.workflow.getHandle(id).terminate('as a person would');
  }, 120_000);

  it('brings a lost source back', async () => {
    expect(await answers()).toBe('nobody');
    const undone = await openbaoDr('undo', lane, '--yes', '--json');
    expect(undone.stderr).toContain('Clients have no service: their name points at the source.');
    expect(undone.exitCode).toBe(0);
    expect(stepsOf(undone)).toEqual(['recover-source done', 'see-clients done']);
    expect(asJson(undone)).toMatchObject({ outcome: 'done', answeredBy: 'source' });
    expect(await readReservation(stateFolder, lane)).toBeUndefined();
  }, 120_000);

  it('lifts the fence of a source that clients never left', async () => {
    const drillId = await terminatedAt('switchClients', {});
    expect(await answers()).toBe('nobody');
    const status = await openbaoDr('status', lane);
    expect(status).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('The source is fenced since') as string,
    });
    expect(status.stderr).toContain('`openbao-dr undo local`');

    const refused = await openbaoDr('up', lane);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('"openbao-dr undo local"');

    const undone = await openbaoDr('undo', lane, '--yes', '--json');
    expect(undone.exitCode).toBe(0);
    expect(stepsOf(undone)).toEqual(['open-source done', 'see-clients done']);
    expect(asJson(undone)).toMatchObject({ leftBy: { drillId, workflowId: id }, answeredBy: 'source' });
  }, 120_000);

  it('gives clients on the target back to the source, with its data, and the next drill passes', async () => {
    const drillId = await terminatedAt('awaitClients', {});
    await areServedBy('target');
    // A drill of the lane may not wipe what they use, and says what to do.
    await drills.start(id, { lane, teardown: 'never' } as { lane: string });
    const refused = await drills.finished(id);
    expect(refused.result).toBe('failed');
    expect(refused.reason).toContain('"openbao-dr undo local"');
    await areServedBy('target');

    // Without a terminal nothing is done that was not asked for, and everything is said.
    const asked = await openbaoDr('undo', lane);
    expect(asked.exitCode).toBe(2);
    expect(asked.stderr).toContain(`Drill ${drillId} (run `);
    expect(asked.stderr).toMatch(
      /1\. Fence the target\n {2}2\. Lift the source's fence\n {2}3\. Turn the clients' edge/,
    );
    expect(asked.stderr).toContain('say `openbao-dr undo local --yes`');
    await areServedBy('target');

    const undone = await openbaoDr('undo', lane, '--yes');
    expect(undone.stdout).toBe(
      "Undone: lane local's clients are served by the source. Drill again with `openbao-dr drill local`.\n",
    );
    expect(undone.exitCode).toBe(0);
    expect(undone.stderr).toContain("✔ Lift the target's fence");
    await areServedBy('source');
    expect((await newestWrite(drillId))?.sequence).toBeGreaterThan(0);

    const again = await openbaoDr('undo', lane, '--json');
    expect(again.exitCode).toBe(0);
    expect(asJson(again)).toMatchObject({ outcome: 'nothing-to-do', answeredBy: 'source', steps: [] });

    await drills.start(id, { lane, teardown: 'never' } as { lane: string });
    expect(await drills.approved(id)).toMatchObject({ result: 'passed', cleanup: { outcome: 'kept' } });
  }, 240_000);
});

describe('openbao-dr undo, in the way the drill moved clients', () => {
  let testLane: TestLane;
  let topology: Topology;
  let commands: Awaited<ReturnType<typeof temporaryFolder>>;
  const drillId = '20260101T000000Z-01234567';

  const leftOnTarget = async (cutover: CutoverPlan): Promise<void> => {
    const left = testLane.open();
    await left.edges.fence('source');
    await left.clients.beginMove({ drillId, runId: 'a-run', to: 'target', cutover });
    await left.clients.pointAt('target');
    await until('target');
  };
  const until = (side: AnswersClients): Promise<true> =>
    waitUntil(async () => (await findWhoAnswersClients(topology)) === side || undefined, {
      what: `clients to be at the ${side}`,
      timeoutMs: 10_000,
    });
  const paths = () => lanePaths(testLane.stateFolder, lane);
  const record = () => openLaneRecord(paths().folder).existing();
  const environment = () => ({
    ...programs,
    OPENBAO_DR_STATE: testLane.stateFolder.root,
    OPENBAO_DR_CUTOVER_COMMANDS: commands.path,
  });

  beforeAll(async () => {
    testLane = await createTestLane();
    ({ topology } = await testLane.provision());
    commands = await temporaryFolder();
  });
  beforeEach(async () => {
    await testLane.open().edges.liftFence('source');
  });
  afterAll(async () => {
    await testLane[Symbol.asyncDispose]();
    await commands[Symbol.asyncDispose]();
  });

  it('does nothing while nobody can tell whether the drill runs, unless its server is gone for good', async () => {
    const { stateFolder } = testLane;
    const run = { drillId, workflowId: 'dr-drill/local', runId: 'a-run' };
    const holder = { ...run, namespace: 'default', temporalClusterId: 'another' };
    await createLaneReservations({ stateFolder, isRunning: async () => false }).reserve(lane, holder);
    // Nothing listens on port 1.
    const alone = { environment: { ...environment(), TEMPORAL_ADDRESS: '127.0.0.1:1' } };
    const refused = await type(['undo', lane, '--yes'], alone);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('may still run, and its Temporal server does not answer here');
    expect(await readReservation(stateFolder, lane)).toEqual(holder);
    const undone = await type(['undo', lane, '--yes', '--force'], alone);
    expect(undone).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Nothing to undo') as string });
    expect(await readReservation(stateFolder, lane)).toBeUndefined();
  });

  it('remembers in its record who moved them, and how', async () => {
    const cutover = { way: 'command', command: 'move', timeoutSeconds: 30 } as const;
    const first = await testLane.open().clients.beginMove({ drillId, runId: 'a-run', to: 'target', cutover });
    const { movedBy, lastMove } = await record();
    expect(movedBy).toMatchObject({ drillId, runId: 'a-run', to: 'target', cutover });
    expect(lastMove).toBe(first);
    expect(await testLane.open().clients.beginMove({ drillId, to: 'source', cutover })).toBeGreaterThan(first);
  });

  it("runs the operator's program with a larger counter, and does nothing if it may not be run", async () => {
    const cutover = { way: 'command', command: 'move', timeoutSeconds: 30 } as const;
    await leftOnTarget(cutover);
    const before = await record();
    const refused = await type(['undo', lane, '--yes'], { environment: environment() });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('There is no command "move"');
    expect(await record()).toEqual(before);

    const routes = routesFileIn(paths().edge('clients').routes);
    await pointClientsEdgeAt(paths(), before, 'source');
    await mkdir(join(commands.path, 'ways'));
    const toSource = await readFile(routes, 'utf8');
    await writeFile(join(commands.path, 'ways', 'source'), toSource);
    await pointClientsEdgeAt(paths(), before, 'target');
    const script = [
      '#!/bin/sh -e',
      'echo "$OPENBAO_DR_ACTION $OPENBAO_DR_FENCING_COUNTER"',
      `cp ${commands.path}/ways/$OPENBAO_DR_TO ${routes}.new; mv ${routes}.new ${routes}`,
    ];
    await writeFile(join(commands.path, 'move'), `${script.join('\n')}\n`, { mode: 0o700 });
    const undone = await type(['undo', lane, '--yes', '--json'], { environment: environment() });
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(asJson(undone)).toMatchObject({ outcome: 'done', answeredBy: 'source' });
    const log = join(testLane.stateFolder.reports, drillId, 'cutover-command.log');
    const [, action, counter] = /^(\w+) (\d+)$/m.exec(await readFile(log, 'utf8'))!;
    expect(action).toBe('revert');
    expect(Number(counter)).toBeGreaterThan(before.lastMove!);
    expect((await record()).clientsAt).toBe('source');
  }, 60_000);

  it('tells a person what to move, and looks until it is so', async () => {
    await leftOnTarget({ way: 'manual', timeoutSeconds: 60 });
    const context = createTestContext({ environment: environment() });
    const { runProgram } = await import('../../client/run-program.js');
    const undoing = runProgram(['undo', lane, '--yes'], context);
    await waitUntil(async () => context.stderr.text().includes('to the source now: bao-dr-source') || undefined, {
      what: 'the person to be told',
      timeoutMs: 20_000,
    });
    await pointClientsEdgeAt(paths(), await record(), 'source');
    expect(await undoing).toBe(0);
    expect(context.stdout.text()).toContain('served by the source');
    expect(await record()).toMatchObject({ clientsAt: 'source', fenced: {} });
  }, 60_000);

  it('leaves the clients of a failover that passed where they are, unless it is told to give them back all the same', async () => {
    await leftOnTarget({ way: 'edge', timeoutSeconds: 60 });
    const kept = exampleReport({ drillId, lane, result: 'passed' });
    await mkdir(join(testLane.stateFolder.reports, drillId), { recursive: true });
    await writeFile(join(testLane.stateFolder.reports, drillId, 'report.json'), JSON.stringify(kept));
    const refused = await type(['undo', lane, '--yes'], { environment: environment() });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("passed and kept lane local's clients on the target");
    await until('target');
    expect((await type(['undo', lane, '--yes', '--force'], { environment: environment() })).exitCode).toBe(0);
    await until('source');
    await rm(join(testLane.stateFolder.reports, drillId), { recursive: true });
  }, 60_000);

  it('moves the name once more after an undo that died before it followed, and opens the target only then', async () => {
    await leftOnTarget({ way: 'edge', timeoutSeconds: 60 });
    const left = testLane.open();
    await left.edges.fence('target');
    await left.edges.liftFence('source');
    await left.clients.noteAt('source');
    await until('nobody');
    const undone = await type(['undo', lane, '--yes', '--json'], { environment: environment() });
    expect(undone.stderr).toContain('their name is answered by no server');
    expect(stepsOf(undone)).toEqual(['fence-target done', 'move-clients done', 'see-clients done', 'open-target done']);
    expect(asJson(undone)).toMatchObject({ outcome: 'done', answeredBy: 'source' });
    expect(undone.exitCode).toBe(0);
  }, 60_000);

  it('keeps clients on the target when the source does not come back', async () => {
    await leftOnTarget({ way: 'edge', timeoutSeconds: 60 });
    const { processes, ports } = await record();
    process.kill(processes['bao-source']!.pid, 'SIGKILL');
    await openLaneRecord(paths().folder).update((current) => {
      current.lost = { source: new Date().toISOString() };
    });
    const failing = { ...environment(), OPENBAO_DR_BAO: join(dirname(process.execPath), 'node') };
    const { exitCode, stdout, stderr } = await type(['undo', lane, '--yes'], { environment: failing });
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toContain('✘ Start the lost source again, and open it');
    expect(stdout).toContain('Not undone. The source was shut again, and clients that were on the target stay there.');
    await until('target');
    expect(ports.edges.clients).toBeGreaterThan(0);
    const left = await type(['undo', lane, '--yes'], { environment: environment() });
    expect(left.exitCode, left.stderr).toBe(0);
    await until('source');
  }, 90_000);
});
