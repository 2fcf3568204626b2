/** docker-compose.yml as a team uses it: everything in containers, the worker, too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { waitsForApproval } from '../support/lab.js';
import { decodeHistory, secretsIn } from '../support/secrets.js';
import { type ComposeProject, ensureImages, noEngine, openProject } from './engine.js';
import { expectNoNeedlessRights, readEngineTraces, readReports, readSecrets, startDrill } from './whole-lane.js';

const id = 'dr-drill/compose';

describe.skipIf(await noEngine())('the whole lane in containers', () => {
  let project: ComposeProject;

  beforeAll(async () => {
    ensureImages();
    project = await openProject('openbao-dr-test');
    try {
      await project.compose(['up', '--detach', '--wait', '--no-build']);
    } catch (error) {
      throw new Error(await project.compose(['logs', '--no-color', '--tail', '30']), { cause: error });
    }
  }, 600_000);
  afterAll(() => project?.[Symbol.asyncDispose](), 120_000);

  it('is healthy once "docker compose up --wait" has returned', async () => {
    const printed = await project.compose(['ps', '--all', '--format', 'json']);
    const services = printed.split('\n').map((line) => JSON.parse(line) as Record<string, string | number>);
    const running = services.filter(({ State }) => State === 'running');
    expect(running.filter(({ Health }) => Health !== 'healthy').map(({ Service }) => Service)).toEqual([]);
    expect(running).toHaveLength(11);
    const over = services.filter(({ State }) => State !== 'running');
    expect(over.map(({ Service, ExitCode }) => [Service, ExitCode]).sort()).toEqual([
      ['prepare-materials', 0],
      ['prepare-pair', 0],
      ['prepare-transit', 0],
    ]);
  });

  it('gives no container a right that it does not need', async () => {
    await expectNoNeedlessRights(project);
  });

  it('drills with a worker that is killed while it restores, and passes', async () => {
    await startDrill(project, id, { lane: 'compose', teardown: 'never' });
    await waitUntil(async () => (await restoreStory(project)).includes('submitted') || undefined, {
      what: 'the restore to be submitted',
      timeoutMs: 120_000,
      intervalMs: 50,
    });
    await project.docker(['kill', project.container('worker')]);
    await project.docker(['start', project.container('worker')]);
    await project.until(id, 'the drill to wait for approval', waitsForApproval);
    expect((await restoreStory(project)).join(', ')).toMatch(/^submitted, observed(, submitted, observed)*$/);
    await project.compose(['exec', '-T', 'worker', 'openbao-dr', 'approve', 'compose', '--as', 'ann']);
    const report = await project.finished(id);
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(report.result).toBe('passed');
  }, 300_000);

  it('keeps every secret out of histories, reports, and what the engine tells of containers', async () => {
    const secrets = await readSecrets(project);
    expect(secrets.size).toBeGreaterThan(15);
    const history = decodeHistory(await project.temporal(['workflow', 'show', '-w', id, '-o', 'json']));
    const reports = await readReports(project);
    expect(reports).toContain('"lane": "compose"');
    for (const text of [history, reports, ...(await readEngineTraces(project))]) {
      expect(secretsIn(text, secrets)).toEqual([]);
    }
  });

  it('passes with a source whose container is stopped', async () => {
    const lost = 'dr-drill/compose-lost';
    await startDrill(project, lost, { lane: 'compose', disaster: 'source-loss', teardown: 'never' });
    await project.until(lost, 'the drill to wait for approval', waitsForApproval);
    const [{ State }] = JSON.parse(await project.docker(['inspect', project.container('source')])) as [
      { State: { Running: boolean } },
    ];
    expect(State.Running).toBe(false);
    await project.temporal([
      ...['workflow', 'signal', '-w', lost, '--name', 'approveCutover', '--input', '{"approver":"ann"}'],
    ]);
    const report = await project.finished(lost);
    expect(report.result, report.reason).toBe('passed');
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(report.checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['source-lost', 'target-isolated']));
  }, 300_000);

  it('drains its worker on SIGTERM within its grace period', async () => {
    await project.compose(['stop', 'worker']);
    const [{ State }] = JSON.parse(await project.docker(['inspect', project.container('worker')])) as [
      { State: { ExitCode: number } },
    ];
    expect(State.ExitCode).toBe(0);
    expect(await project.compose(['logs', '--no-log-prefix', '--tail', '100', 'worker'])).toContain('Stopping');
  }, 120_000);
});

interface HistoryEvent {
  readonly eventId: string;
  readonly activityTaskScheduledEventAttributes?: { readonly activityType: { readonly name: string } };
  readonly activityTaskCompletedEventAttributes?: { readonly scheduledEventId: string };
}

/** What the history says of the restore: every submission as it was scheduled, every observation as it completed. */
const restoreStory = async (project: ComposeProject): Promise<string[]> => {
  const { events } = JSON.parse(await project.temporal(['workflow', 'show', '-w', id, '-o', 'json'])) as {
    events: readonly HistoryEvent[];
  };
  const nameOf = new Map(
    events.map((event) => [event.eventId, event.activityTaskScheduledEventAttributes?.activityType.name]),
  );
  return events.flatMap(({ eventId, activityTaskCompletedEventAttributes: completed }) => {
    if (nameOf.get(eventId) === 'submitRestore') return ['submitted'];
    return completed !== undefined && nameOf.get(completed.scheduledEventId) === 'observeRestore' ? ['observed'] : [];
  });
};
