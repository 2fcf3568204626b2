import { MockActivityEnvironment } from '@temporalio/testing';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSwitchClients } from '../../../activities/cutover/switch-clients.js';
import type { Clients, ClientsMove } from '../../../activities/ports/lane-facets.js';
import type { Lane } from '../../../activities/ports/lane.js';
import type { CutoverPlan } from '../../../domain/plan/plan.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import { createCutoverCommands } from '../../../infra/state/cutover-commands.js';
import { openStateFolder } from '../../../infra/state/state-folder.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { exampleTopology } from '../../support/drills/example-topology.js';
import { runActivity } from '../support.js';

const topology = exampleTopology();

const drillId = '20260101T000000Z-00000000';
let root: string;
let calls: [string, PairSide][];
let begun: ClientsMove[];
let moves = 1_000;
let switchClients: ReturnType<typeof createSwitchClients>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switch-clients-'));
  await mkdir(join(root, 'commands'), { mode: 0o700 });
  calls = [];
  begun = [];
  const clients: Clients = {
    pointAt: async (side: PairSide) => void calls.push(['turned', side]),
    beginMove: async (move: ClientsMove) => {
      begun.push(move);
      return (moves += 1);
    },
    noteAt: async (side: PairSide) => void calls.push(['noted', side]),
  };
  const lane = { clients } as unknown as Lane;
  switchClients = createSwitchClients({
    lanes: { held: async () => lane, look: () => lane },
    cutoverCommands: createCutoverCommands({
      folder: join(root, 'commands'),
      stateFolder: await openStateFolder(join(root, 'state')),
    }),
  });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const command = (...lines: string[]): Promise<void> =>
  writeFile(join(root, 'commands', 'move'), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o700 });
const printed = (): Promise<string> =>
  readFile(join(root, 'state', 'reports', drillId, 'cutover-command.log'), 'utf8').catch(() => '');
const byCommand: CutoverPlan = { way: 'command', command: 'move', timeoutSeconds: 30 };
const input = (to: PairSide, cutover: CutoverPlan) => ({ topology, drillId, to, cutover });
const run = (to: PairSide, cutover: CutoverPlan) => runActivity(switchClients, input(to, cutover));

describe('the ways to move clients', () => {
  it("turns the lane's own edge", async () => {
    await run('target', { way: 'edge', timeoutSeconds: 60 });
    expect(calls).toEqual([['turned', 'target']]);
  });

  it('notes what a person has done', async () => {
    await run('source', { way: 'manual', timeoutSeconds: 60 });
    expect(calls).toEqual([['noted', 'source']]);
  });

  it.each([
    ['target', 'cutover', 'source'],
    ['source', 'revert', 'target'],
  ] as const)("lets the operator's program lead them to the %s (%s)", async (to, action, from) => {
    await command('env | sort');
    await run(to, byCommand);
    const told: Record<string, string> = Object.fromEntries(
      (await printed())
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s) as [string, string]),
    );
    // What a shell adds by itself.
    for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_']) delete told[name];
    expect(told).toEqual({
      PATH: expect.stringContaining('/usr/bin') as string,
      HOME: homedir(),
      LANG: 'C.UTF-8',
      OPENBAO_DR_ACTION: action,
      OPENBAO_DR_DRILL_ID: drillId,
      OPENBAO_DR_FENCING_COUNTER: String(moves),
      OPENBAO_DR_LANE: 'local',
      OPENBAO_DR_CLIENTS_HOST: topology.clients.serverName,
      OPENBAO_DR_TO: to,
      OPENBAO_DR_TO_ADDRESS: topology[to].address,
      OPENBAO_DR_TO_HOST: topology[to].serverName,
      OPENBAO_DR_FROM: from,
      OPENBAO_DR_FROM_ADDRESS: topology[from].address,
      OPENBAO_DR_FROM_HOST: topology[from].serverName,
    });
    expect(calls).toEqual([['noted', to]]);
  });

  it.each<[string, string[], number, string]>([
    ['fails', ['echo a-secret; exit 3'], 30, 'CutoverCommandFailed'],
    ['is killed', ['echo a-secret; kill -KILL $$'], 30, 'CutoverCommandFailed'],
    ['takes too long', ['echo a-secret; exec sleep 600'], 0.3, 'CutoverCommandTimedOut'],
  ])(
    'fails when the program %s, remembers where clients may be, and repeats nothing it said',
    async (_, lines, timeoutSeconds, type) => {
      await command(...lines);
      const running = run('target', { ...byCommand, timeoutSeconds });
      await expect(running).rejects.toMatchObject({ type, retryable: false });
      await expect(running).rejects.not.toThrow(/a-secret/);
      if (lines[0]!.includes('exit')) await expect(running).rejects.toThrow(/The exit code is 3\./);
      expect(await printed()).toBe('a-secret\n');
      // It may have moved them all the same: the lane must not wipe what they use.
      expect(calls).toEqual([['noted', 'target']]);
    },
  );

  it('says which program there is not, and which cannot be started', async () => {
    await expect(run('target', { ...byCommand, command: 'other' })).rejects.toMatchObject({
      type: 'CutoverCommandMissing',
    });
    await writeFile(join(root, 'commands', 'move'), '#!/nowhere/at/all\n', { mode: 0o700 });
    await expect(run('target', byCommand)).rejects.toMatchObject({ type: 'CutoverCommandNotSafe' });
  });

  it.each<[string, CutoverPlan]>([
    ['edge', { way: 'edge', timeoutSeconds: 60 }],
    ['manual', { way: 'manual', timeoutSeconds: 60 }],
    ['command', byCommand],
  ])(
    'has the lane remember which run moves them and how, for whoever has to move them back (%s)',
    async (_, cutover) => {
      await command('exit 1');
      await run('target', cutover).catch(() => undefined);
      expect(begun).toEqual([{ drillId, runId: expect.any(String) as string, to: 'target', cutover }]);
    },
  );

  it('gives every program a larger counter than the one before', async () => {
    await command('echo "$OPENBAO_DR_FENCING_COUNTER"');
    await run('target', byCommand);
    await run('source', byCommand);
    const [first, second] = (await printed()).trim().split('\n').map(Number);
    expect(second).toBeGreaterThan(first!);
  });

  it('kills the program of a drill that is cancelled', async () => {
    await command('trap "echo ended; exit 1" TERM', 'echo started', 'sleep 600 &', 'wait');
    const environment = new MockActivityEnvironment();
    const running = environment.run(switchClients, input('target', byCommand));
    running.catch(() => undefined);
    await waitUntil(async () => ((await printed()).includes('started') ? true : undefined), {
      what: 'the program to start',
      timeoutMs: 10_000,
    });
    environment.cancel();
    await expect(running).rejects.toThrow();
    expect(await printed()).toContain('ended');
    expect(calls).toEqual([['noted', 'target']]);
  });
});
