import { describe, expect, it } from 'vitest';
import { KnownFailure } from '../../domain/known-failure.js';
import type { DrillActivities } from '../../activities/index.js';
import { type DrillUnderTest, runDrills } from '../support/drills/drill.js';
import {
  createStubActivities,
  failing,
  passing,
  type StubActivities,
  untilCancelled,
} from '../support/drills/stub-activities.js';

const { withDrill } = runDrills();

const broken = async (): Promise<never> => {
  throw new KnownFailure('Broken', 'It is broken: mend it');
};
const approved = async (drill: DrillUnderTest): Promise<void> => {
  await drill.waitsForApproval();
  await drill.approve();
};
/** Steps from the first that a test names, without the client beside them. */
const stepsFrom = (stubs: StubActivities, first: keyof DrillActivities, nth = 1): readonly string[] => {
  const steps: readonly string[] = stubs.steps().filter((step) => step !== 'runClient');
  let from = -1;
  for (let seen = 0; seen < nth; seen += 1) from = steps.indexOf(first, from + 1);
  return steps.slice(from);
};
const inputsOf = (stubs: StubActivities, name: keyof DrillActivities) =>
  stubs.calls.filter(({ step }) => step === name).map(({ input }) => input);

describe.concurrent('clients of a cutover that goes wrong', () => {
  it.each<[string, Partial<DrillActivities>, readonly string[]]>([
    [
      'whose switch fails',
      { switchClients: async ({ to }) => (to === 'target' ? broken() : undefined) },
      ['fenceSite', 'switchClients', 'fenceSite', 'liftFence', 'switchClients', 'awaitClients', 'confirmClients'],
    ],
    [
      'whose target nobody reaches',
      { awaitClients: async ({ to }) => (to === 'target' ? broken() : undefined) },
      [
        ...['fenceSite', 'switchClients', 'awaitClients'],
        ...['fenceSite', 'liftFence', 'switchClients', 'awaitClients', 'confirmClients'],
      ],
    ],
    [
      'whose source cannot be fenced',
      { fenceSite: async ({ site }) => (site === 'source' ? broken() : { fencedAt: '2026-01-01T00:00:30.000Z' }) },
      ['fenceSite', 'liftFence', 'switchClients', 'awaitClients', 'confirmClients'],
    ],
    [
      'whose target does not serve them',
      {
        confirmClients: async ({ at }) =>
          at === 'target' ? failing('client-reaches-target') : passing('client-back-at-source'),
      },
      [
        ...['fenceSite', 'switchClients', 'awaitClients', 'confirmClients'],
        ...['fenceSite', 'liftFence', 'switchClients', 'awaitClients', 'confirmClients'],
      ],
    ],
  ])('get their service back before anything is measured, of one %s', async (_, overrides, expected) => {
    const stubs = createStubActivities(overrides);
    await withDrill({ stubs }, async (drill) => {
      await approved(drill);
      const report = await drill.report();
      const steps = stepsFrom(stubs, 'fenceSite');
      expect(steps.slice(0, expected.length)).toEqual(expected);
      // Afterwards there is time for it.
      expect(steps.slice(expected.length)).toEqual(
        expect.arrayContaining(['awaitServed', 'measureMove', 'measureClients']),
      );
      expect(report).toMatchObject({
        result: 'failed',
        revert: { to: 'source' },
        clients: { operations: 100, failedOperations: 6, unservedMs: 300 },
        cleanup: { outcome: 'succeeded' },
      });
    });
  });

  it('are not kept waiting for a proof of the fence, nor for a client that would have to be changed first', async () => {
    const stubs = createStubActivities({ awaitClients: async ({ to }) => (to === 'target' ? broken() : undefined) });
    await withDrill({ stubs }, async (drill) => {
      await approved(drill);
      await drill.report();
      expect(inputsOf(stubs, 'fenceSite')).toMatchObject([{ site: 'source' }, { site: 'target', atOnce: true }]);
      const order = stubs.steps();
      // The third client, which tries to write to the fenced target, begins after they are back.
      expect(order.lastIndexOf('runClient')).toBeGreaterThan(order.lastIndexOf('confirmClients'));
      expect(inputsOf(stubs, 'runClient').at(-1)).toMatchObject({ stubborn: 'target' });
    });
  });

  it('get it back first when the drill is cancelled, and before the logs of a lane are kept', async () => {
    const { topology } = await createStubActivities().activities.provisionLane({} as never);
    const stubs = createStubActivities({
      provisionLane: async () => ({ topology: { ...topology, capabilities: ['logs'] } }),
      awaitClients: async ({ to }) => (to === 'target' ? untilCancelled() : undefined),
    });
    await withDrill({ stubs }, async (drill) => {
      await approved(drill);
      await drill.reaches('awaitClients');
      await drill.handle.cancel();
      expect(await drill.endedAs()).toBe('CANCELLED');
      expect(stepsFrom(stubs, 'fenceSite', 2)).toEqual([
        ...['fenceSite', 'liftFence', 'switchClients', 'awaitClients', 'confirmClients', 'awaitServed', 'measureMove'],
        ...['liftFence', 'saveLogs', 'measureMove', 'measureClients', 'teardownLane', 'tagSnapshot', 'writeReport'],
        ...['teardownLane', 'releaseLane'],
      ]);
      const { report } = await drill.status();
      expect(report).toMatchObject({ result: 'cancelled', revert: { to: 'source' }, clients: { unservedMs: 300 } });
    });
  });

  it('stay on the target when the source does not come back, and the source stays shut', async () => {
    const stubs = createStubActivities({ liftFence: async ({ site }) => (site === 'source' ? broken() : undefined) });
    await withDrill({ stubs }, async (drill) => {
      await approved(drill);
      const report = await drill.report();
      expect(report.cleanup.failures).toEqual(['clients moved back: It is broken: mend it']);
      expect(inputsOf(stubs, 'fenceSite')).toMatchObject([
        { site: 'source' },
        { site: 'target' },
        { site: 'source', atOnce: true },
      ]);
      expect(inputsOf(stubs, 'liftFence')).toMatchObject([{ site: 'source' }, { site: 'target' }]);
      expect(inputsOf(stubs, 'switchClients')).toMatchObject([{ to: 'target' }]);
      expect(report.clients).toBeDefined();
    });
  });
});

describe.concurrent('what a cutover needs', () => {
  it('is asked for in preflight, before anything is made of a drill that could not be finished', async () => {
    const stubs = createStubActivities({ checkCutover: async () => failing('cutover-possible') });
    await withDrill({ stubs }, async (drill) => {
      expect(await drill.report()).toMatchObject({
        result: 'failed',
        reason: expect.stringMatching(/ failed in phase preflight: /) as string,
      });
      expect(stubs.steps()).not.toContain('seedPair');
    });
  });

  it('is asked for again before the fence, and the clients keep their service where it is gone by then', async () => {
    const stubs = createStubActivities({
      checkCutover: async ({ before }) =>
        before === 'fence' ? failing('cutover-possible') : passing('cutover-possible'),
    });
    await withDrill({ stubs }, async (drill) => {
      await approved(drill);
      const report = await drill.report();
      expect(report.reason).toContain('The check cutover-possible failed in phase cutover');
      expect(report).not.toHaveProperty('clients');
      for (const step of ['fenceSite', 'switchClients', 'liftFence']) expect(stubs.steps()).not.toContain(step);
    });
  });
});

describe.concurrent('a source that was lost before it could be fenced', () => {
  const lostByItself: Partial<DrillActivities> = {
    fenceSite: async ({ site }) => ({
      fencedAt: '2026-01-01T00:00:30.000Z',
      ...(site === 'source' && { check: passing('source-fenced'), wasGone: true }),
    }),
  };

  it('does not end the cutover, and is brought back before clients are sent there again', async () => {
    const stubs = createStubActivities(lostByItself);
    await withDrill({ stubs }, async (drill) => {
      await approved(drill);
      expect(await drill.report()).toMatchObject({ result: 'passed' });
      const back = stepsFrom(stubs, 'fenceSite', 2);
      expect(back.slice(0, 3)).toEqual(['fenceSite', 'recoverSource', 'switchClients']);
    });
  });
});

describe.concurrent('what a report says of the clients', () => {
  it('is nothing when their service was never taken away', async () => {
    const stubs = createStubActivities({ compareStores: broken });
    await withDrill({ stubs }, async (drill) => {
      expect(await drill.report()).not.toHaveProperty('clients');
      expect(stubs.steps()).not.toContain('measureClients');
    });
  });

  it('comes after the service of a lost source, and so do the logs of the lane', async () => {
    const { topology } = await createStubActivities().activities.provisionLane({} as never);
    const stubs = createStubActivities({
      provisionLane: async () => ({ topology: { ...topology, capabilities: ['logs'] } }),
    });
    const plan = { disaster: 'source-loss' };
    await withDrill({ plan, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.handle.signal('rejectCutover', { approver: 'ann', reason: 'not now' });
      await drill.report();
      expect(stepsFrom(stubs, 'recoverSource').slice(0, 4)).toEqual([
        ...['recoverSource', 'saveLogs', 'awaitServed', 'measureClients'],
      ]);
      expect(stubs.steps().filter((step) => step === 'recoverSource')).toHaveLength(1);
    });
  });

  it('is told of a lost source whose drill ends before any cutover, once the source is back', async () => {
    const stubs = createStubActivities();
    const plan = { disaster: 'source-loss' };
    await withDrill({ plan, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.handle.signal('rejectCutover', { approver: 'ann', reason: 'not now' });
      const report = await drill.report();
      expect(report).toMatchObject({ result: 'rejected', clients: { unservedMs: 300 } });
      // The drill's client had rested while a person decided: it has to see the source serve again.
      expect(stepsFrom(stubs, 'recoverSource').slice(0, 3)).toEqual(['recoverSource', 'awaitServed', 'measureClients']);
      const [last] = inputsOf(stubs, 'measureClients') as readonly { touchedAt: string }[];
      const disaster = report.phases.find(({ name }) => name === 'disaster');
      expect(last?.touchedAt).toBe(disaster?.startedAt);
    });
  });

  it('is why it is missing, when the journal cannot be read', async () => {
    const stubs = createStubActivities({ measureClients: broken });
    await withDrill({ stubs }, async (drill) => {
      await approved(drill);
      const report = await drill.report();
      expect(report.leftOut).toContainEqual({ what: 'clients', why: 'It is broken: mend it' });
      expect(report.result).toBe('passed');
    });
  });
});

describe.concurrent('clients that nobody has moved by hand', () => {
  it('need nobody to move them back: the drill sees that they are at the source', async () => {
    const stubs = createStubActivities();
    await withDrill({ plan: { cutover: { way: 'manual', timeout: '1s' } }, stubs }, async (drill) => {
      await approved(drill);
      const report = await drill.report();
      expect(report.reason).toContain('The phase cutover failed: No person reported within 1.0 s');
      expect(report.cleanup).toMatchObject({ outcome: 'succeeded' });
      expect(report.handMoves).toBeUndefined();
      expect(stepsFrom(stubs, 'liftFence').slice(0, 3)).toEqual(['liftFence', 'awaitClients', 'switchClients']);
    });
  });
});
