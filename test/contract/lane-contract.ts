/** What every kind of lane that this program makes has to do, whatever it is made of. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PairSide } from '../../domain/pair/topology.js';
import type { MadeLane } from '../../infra/lanes/made/shell/made-lane.js';
import type { StateFolder } from '../../infra/state/state-folder.js';

export interface LaneUnderContract extends AsyncDisposable {
  readonly stateFolder: StateFolder;
  readonly name: string;
  /** As another process would open it. */
  open(assertHeld?: () => Promise<void>): MadeLane;
  /** Whether a side's own edge answers. */
  answers(side: PairSide): Promise<boolean>;
  /** Builds it as a drill does; absent where what a kind is made of is played only in part. */
  provision?(): Promise<unknown>;
  /** Whether a lost site can be brought back. Default: if it can be built. */
  readonly recovers?: boolean;
}

const cutover = { way: 'edge', timeoutSeconds: 60 } as const;
const quiet = (): void => undefined;

type Changing = (lane: MadeLane, signal?: AbortSignal) => Promise<unknown>;
const changes: readonly (readonly [string, Changing])[] = [
  ['fence', (lane, signal) => lane.edges.fence('source', signal)],
  ['liftFence', (lane, signal) => lane.edges.liftFence('source', signal)],
  // Where a lane has no edge stand by, it is fenced once more.
  ['standBy', ({ edges }, signal) => (edges.standBy ?? edges.fence)('source', signal)],
  ['beginMove', (lane, signal) => lane.clients.beginMove({ drillId: 'a-drill', to: 'target', cutover }, signal)],
  ['pointAt', (lane, signal) => lane.clients.pointAt('target', signal)],
  ['noteAt', (lane, signal) => lane.clients.noteAt('target', signal)],
  ['markUsed', (lane, signal) => lane.target.markUsed('a-drill', signal)],
  ['restart', (lane, signal) => lane.servers.restart('source', signal)],
  ['lose', (lane, signal) => lane.servers.lose('source', signal)],
  ['recover', (lane, signal) => lane.servers.recover('source', signal)],
  ['teardownPair', (lane, signal) => lane.disposal.teardownPair(quiet, signal)],
  ['teardown', (lane, signal) => lane.disposal.teardown(quiet, signal)],
];

/** @param create answers a lane whose pair is there, open, and used by nobody. */
export const laneContract = (kind: string, create: () => Promise<LaneUnderContract>): void => {
  describe(`a ${kind} lane keeps the contract of lanes:`, () => {
    let under: LaneUnderContract;
    const recordPath = (): string => join(under.stateFolder.lanes, under.name, 'lane.json');
    const record = async () => JSON.parse(await readFile(recordPath(), 'utf8')) as Record<string, unknown>;

    beforeAll(async () => {
      under = await create();
    });
    afterAll(() => under[Symbol.asyncDispose]());

    it.each(changes)('%s changes nothing once it was given up', async (_, change) => {
      const before = await record();
      const reason = new Error('given up');
      await expect(change(under.open(), AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(await record()).toEqual(before);
      expect(await under.answers('source')).toBe(true);
    });

    it.each(changes)('%s changes nothing for a run that has the lane no longer', async (_, change) => {
      const before = await record();
      const refused = new Error('another run has it');
      await expect(change(under.open(() => Promise.reject(refused)))).rejects.toBe(refused);
      expect(await record()).toEqual(before);
      expect(await under.answers('source')).toBe(true);
    });

    it('a fence that is made twice answers the first time, and holds', async () => {
      const first = await under.open().edges.fence('source');
      expect(await under.answers('source')).toBe(false);
      expect(await under.open().edges.fence('source')).toEqual(first);
      expect(await under.answers('source')).toBe(false);
      expect((await record())['fenced']).toEqual({ source: first.fencedAt });
    });

    it('a fence is lifted, again without harm, and the next one has a time of its own', async () => {
      const { fencedAt } = await under.open().edges.fence('source');
      for (let lifted = 0; lifted < 2; lifted += 1) {
        await under.open().edges.liftFence('source');
        expect(await under.answers('source')).toBe(true);
      }
      const next = await under.open().edges.fence('source');
      expect(Date.parse(next.fencedAt)).toBeGreaterThan(Date.parse(fencedAt));
      await under.open().edges.liftFence('source');
    });

    it('the counter of moves grows with every move, and the record says whose it is', async () => {
      const move = { drillId: 'a-drill', runId: 'a-run', to: 'target', cutover } as const;
      const first = await under.open().clients.beginMove(move);
      expect(await under.open().clients.beginMove(move)).toBeGreaterThan(first);
      expect((await record())['movedBy']).toMatchObject(move);
    });

    it('a target that clients are on is neither restored into nor removed', async () => {
      const served = { type: 'TargetServesClients', retryable: false };
      await under.open().clients.noteAt('target');
      await expect(under.open().target.markUsed('a-drill')).rejects.toMatchObject(served);
      await expect(under.open().disposal.teardownPair(quiet)).rejects.toMatchObject(served);
      await under.open().clients.noteAt('source');
    });

    it('its record keeps what only a newer version knows', async () => {
      await writeFile(recordPath(), JSON.stringify({ ...(await record()), color: 'blue' }));
      await under.open().clients.noteAt('source');
      await under.open().edges.fence('source');
      await under.open().edges.liftFence('source');
      expect((await record())['color']).toBe('blue');
    });

    it('a used target is marked, and is fresh for the next drill', async ({ skip }) => {
      await under.open().target.markUsed('a-drill');
      expect((await record())['targetUsedBy']).toBe('a-drill');
      if (under.provision === undefined) return skip('what it is made of is played in part');
      await under.provision();
      expect((await record())['targetUsedBy']).toBeUndefined();
    });

    it('a lost site answers its first loss, and stays shut until it is recovered', async ({ skip }) => {
      const first = await under.open().servers.lose('source');
      expect(await under.open().servers.lose('source')).toEqual(first);
      await under.open().edges.liftFence('source');
      expect(await under.answers('source')).toBe(false);
      expect((await record())['lost']).toEqual({ source: first.lostAt });
      if (under.provision === undefined && under.recovers !== true) return skip('what it is made of is played in part');
      for (let recovered = 0; recovered < 2; recovered += 1) {
        await under.open().servers.recover('source');
        expect(await under.answers('source')).toBe(true);
      }
    });

    it('is removed, and removed again without harm; then there is nothing to change', async () => {
      expect(await under.open().disposal.createdBy()).toBeDefined();
      for (let removed = 0; removed < 2; removed += 1) await under.open().disposal.teardown(quiet);
      expect(await under.open().disposal.createdBy()).toBeUndefined();
      await expect(under.open().edges.fence('source')).rejects.toMatchObject({ type: 'LaneMissing' });
    });
  });
};
