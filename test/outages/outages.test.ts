/**
 * What a drill survives on real servers: each row takes one server away as one step begins, and brings it back after
 * `OPENBAO_DR_OUTAGE_SECONDS` (default 60). The same table with stub steps is in `test/workflows/outages/`.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillActivities } from '../../activities/index.js';
import { pendingSteps, waits } from '../../client/drills/pending-steps.js';
import type { DrillReport } from '../../domain/report/report.js';
import { describeSeconds } from '../../domain/units.js';
import type { ProcessName } from '../../infra/lanes/made/processes/process-name.js';
import { type RealDrills, startRealDrills } from '../support/drills/real-drills.js';
import { type Outage, takeAway } from './lane-outage.js';

type StepName = keyof DrillActivities;

const awayForSeconds = Number(process.env['OPENBAO_DR_OUTAGE_SECONDS'] ?? 60);
const lane = 'local-outages';

/** Every step that asks a server something, with each server that it asks. */
const table: readonly (readonly [step: StepName, server: ProcessName, how: Outage])[] = [
  ['checkRequirements', 'storage', 'killed'],
  ['checkRequirements', 'storage', 'frozen'],
  ['checkRequirements', 'bao-target', 'killed'],
  ['seedPair', 'bao-source', 'killed'],
  ['takeSnapshot', 'storage', 'killed'],
  ['takeSnapshot', 'bao-source', 'frozen'],
  ['takeSnapshot', 'bao-infra', 'killed'],
  ['inspectArchive', 'storage', 'killed'],
  ['proveSeal', 'storage', 'frozen'],
  ['proveSeal', 'bao-infra', 'killed'],
  ['checkTargetStorage', 'storage', 'killed'],
  ['submitRestore', 'storage', 'killed'],
  ['submitRestore', 'bao-target', 'killed'],
  ['submitRestore', 'bao-infra', 'killed'],
  ['observeRestore', 'bao-target', 'killed'],
  ['observeRestore', 'edge-infra', 'killed'],
  ['verifyTarget', 'bao-target', 'killed'],
  ['compareStores', 'storage', 'killed'],
  ['compareStores', 'bao-target', 'killed'],
  ['compareStores', 'bao-infra', 'killed'],
  ['readCanary', 'edge-target', 'killed'],
  ['fenceSite', 'bao-source', 'killed'],
  ['awaitClients', 'edge-clients', 'killed'],
  ['confirmClients', 'bao-target', 'killed'],
  ['writeReport', 'bao-infra', 'killed'],
];

/** The outage of the drill that runs: as its step begins for the first time. */
let next: { readonly step: StepName; readonly begin: () => Promise<void> } | undefined;

let drills: RealDrills;
beforeAll(async () => {
  drills = await startRealDrills(
    (steps) =>
      Object.fromEntries(
        Object.entries(steps).map(([name, step]) => [
          name,
          async (input: never) => {
            const due = next;
            if (due?.step === name) {
              next = undefined;
              await due.begin();
            }
            return (step as (input: never) => Promise<unknown>)(input);
          },
        ]),
      ),
    { patienceMs: awayForSeconds * 1000 + 8 * 60_000 },
  );
}, 180_000);
afterAll(() => drills[Symbol.asyncDispose](), 180_000);

interface Row {
  readonly step: string;
  readonly server: string;
  readonly outcome: string;
  readonly took: string;
  /** What the run said that it waited for. */
  readonly waited: string;
}

const rows: Row[] = [];
afterAll(() => {
  const table = rows.map((row) => `${Object.values(row).join(' | ')}\n`).join('');
  console.log(`Each server was away for ${awayForSeconds} s as the step began:\n${table}`);
});

/** Looks every second at what the run says that it waits for, until it is told to stop. */
const watchWaits = (workflowId: string) => {
  const over = new AbortController();
  const seen = new Set<string>();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const described = await drills.temporal.client.workflow.getHandle(workflowId).describe();
      for (const pending of pendingSteps(described).filter(waits))
        if (pending.step !== 'runClient') seen.add(`${pending.step}: ${pending.lastFailure?.type}`);
      await delay(1_000, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  return async (): Promise<readonly string[]> => {
    over.abort();
    await watching;
    return [...seen];
  };
};

describe('a drill on real servers survives that', () => {
  it.each(table)('%s meets %s that is %s', async (step, server, how) => {
    const id = `dr-drill/${lane}/${step}/${server}/${how}`;
    let returned: Promise<void> | undefined;
    next = {
      step,
      begin: async () => {
        const bringBack = await takeAway(join(drills.stateDir, 'lanes', lane), server, how);
        returned = delay(awayForSeconds * 1000).then(bringBack);
      },
    };
    const began = Date.now();
    const plan = { lane, teardown: 'never', patience: { before: '5m', afterRestore: '10m' } };
    await drills.start(id, plan);
    const stopWatching = watchWaits(id);
    let report: DrillReport | undefined;
    try {
      report = await drills.approved(id);
    } finally {
      next = undefined;
      rows.push({
        step,
        server: `${server} ${how}`,
        outcome:
          report === undefined ? 'no end' : `${report.result}${report.result === 'passed' ? '' : `: ${report.reason}`}`,
        took: describeSeconds((Date.now() - began) / 1000),
        waited: (await stopWatching()).join(', '),
      });
      await returned;
    }
    expect(returned, 'the step was reached').toBeDefined();
    expect(report).toMatchObject({ result: 'passed', cleanup: { failures: [] } });
  });
});
