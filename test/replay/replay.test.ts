import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker, type WorkflowBundlePath } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { installRuntime } from '../../worker/runtime.js';
import { bundleDrill } from '../support/drills/workflow-bundle.js';
import { historiesFolder, listHistories, unreleased } from './histories.js';

const histories = await listHistories();

let workflowBundle: WorkflowBundlePath;

beforeAll(async () => {
  // The core warns about every replay that fails, as one below does on purpose.
  installRuntime({ logLevel: 'ERROR' });
  workflowBundle = await bundleDrill();
});

interface Recorded {
  readonly workflowId: string;
  readonly history: { events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[] };
}

const read = async (file: string): Promise<Recorded> =>
  JSON.parse(await readFile(join(historiesFolder, file), 'utf8')) as Recorded;

describe('drills recorded on real servers', () => {
  it('are there for every way a drill can go', () => {
    const ways = [
      'approved',
      'by-operator',
      'expired',
      'failed-restore',
      'lock-held',
      'lost-source',
      'moved-by-hand',
      'rejected',
      'waiting',
    ];
    const recorded = histories.filter((file) => file.startsWith(`${unreleased}/`));
    expect(recorded).toEqual(ways.map((way) => `${unreleased}/${way}.json`));
  });

  it.each(histories)('replay with the code as it is: %s', async (file) => {
    const { workflowId, history } = await read(file);
    await expect(Worker.runReplayHistory({ workflowBundle }, history, workflowId)).resolves.toBeUndefined();
  });

  it('do not replay with a step that was not there', async () => {
    const { workflowId, history } = await read(`${unreleased}/approved.json`);
    const step = history.events.find(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType.name === 'takeSnapshot',
    );
    step!.activityTaskScheduledEventAttributes!.activityType.name = 'takeAnotherStep';
    await expect(Worker.runReplayHistory({ workflowBundle }, history, workflowId)).rejects.toThrow(
      /TMPRL1100|determinis/i,
    );
  });
});
