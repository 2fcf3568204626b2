import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { type DevProcess, type Lab, startLab, waitsForApproval } from '../support/lab.js';

const id = 'dr-drill/local';
let lab: Lab;
let dev: DevProcess;

beforeAll(async () => {
  lab = await startLab();
  dev = await lab.startDev();
}, 120_000);
afterAll(() => lab[Symbol.asyncDispose]());

/** What the history says of the restore: every submission as it was scheduled, every observation as it completed. */
const restoreStory = async (): Promise<string[]> => {
  const { events } = JSON.parse(await lab.history(id)) as { events: readonly HistoryEvent[] };
  const nameOf = new Map(
    events.map((event) => [event.eventId, event.activityTaskScheduledEventAttributes?.activityType.name]),
  );
  return events.flatMap(({ eventId, activityTaskCompletedEventAttributes: completed }) => {
    if (nameOf.get(eventId) === 'submitRestore') return ['submitted'];
    return completed !== undefined && nameOf.get(completed.scheduledEventId) === 'observeRestore' ? ['observed'] : [];
  });
};

interface HistoryEvent {
  readonly eventId: string;
  readonly activityTaskScheduledEventAttributes?: { readonly activityType: { readonly name: string } };
  readonly activityTaskCompletedEventAttributes?: { readonly scheduledEventId: string };
}

it('goes on after its worker was killed in the middle of the restore, and submits again only what it has observed', async () => {
  await lab.startDrill(id, { lane: 'local' });
  await waitUntil(async () => (await restoreStory()).includes('submitted') || undefined, {
    what: 'the restore to be submitted',
    timeoutMs: 120_000,
    intervalMs: 20,
  });
  await dev.stop('SIGKILL');
  dev = await lab.startDev();
  await lab.until(id, 'the drill to wait for approval', waitsForApproval);
  expect((await restoreStory()).join(', ')).toMatch(/^submitted, observed(, submitted, observed)*$/);

  const answer = await lab.openbaoDr(['approve', 'local', '--as', 'ann']);
  expect(answer.exitCode, answer.stderr).toBe(0);
  const report = await lab.finished(id);
  expect(report).toMatchObject({ result: 'passed', cleanup: { outcome: 'succeeded' } });
}, 240_000);
