/** docker-compose.yml as a team uses it: everything in containers, the worker, too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../systems/wait-until.js';
import { waitsForApproval } from '../support/lab.js';
import { decodeHistory, secretsIn } from '../support/secrets.js';
import { type ComposeProject, ensureImages, noEngine, openProject } from './engine.js';

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
    const ids = (await project.compose(['ps', '--quiet'])).split('\n');
    const containers = JSON.parse(await project.docker(['inspect', ...ids])) as readonly Inspected[];
    for (const { Name, Config, HostConfig, NetworkSettings } of containers) {
      expect(HostConfig.ReadonlyRootfs, Name).toBe(true);
      expect(HostConfig.CapDrop, Name).toEqual(['ALL']);
      expect(HostConfig.SecurityOpt, Name).toEqual(['no-new-privileges:true']);
      expect(Config.User, Name).toBe(Name.endsWith('-keeper-1') ? '0:0' : '10001:10001');
      expect(HostConfig.Memory, Name).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit, Name).toBeGreaterThan(0);
      const published = Object.values(NetworkSettings.Ports).flatMap((bindings) => bindings ?? []);
      expect(
        published.filter(({ HostIp }) => HostIp !== '127.0.0.1'),
        Name,
      ).toEqual([]);
    }
  });

  it('drills with a worker that is killed while it restores, and passes', async () => {
    await start(project, id, { lane: 'compose', teardown: 'never' });
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
    const printed = await project.compose(['exec', '-T', 'worker', 'node', '--input-type=module', '-'], {
      input: readSecrets,
    });
    const secrets = new Map(Object.entries(JSON.parse(printed) as Record<string, string>));
    expect(secrets.size).toBeGreaterThan(15);
    const history = decodeHistory(await project.temporal(['workflow', 'show', '-w', id, '-o', 'json']));
    const ids = (await project.compose(['ps', '--all', '--quiet'])).split('\n');
    const inspected = await project.docker(['inspect', ...ids]);
    const logs = await project.compose(['logs', '--no-color']);
    const reports = await project.compose(['exec', '-T', 'worker', 'node', '--input-type=module', '-'], {
      input: readReports,
    });
    expect(reports).toContain('"lane": "compose"');
    for (const text of [history, inspected, logs, reports]) expect(secretsIn(text, secrets)).toEqual([]);
  });

  it('passes with a source whose container is stopped', async () => {
    const lost = 'dr-drill/compose-lost';
    await start(project, lost, { lane: 'compose', disaster: 'source-loss', teardown: 'never' });
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
    expect(await project.compose(['logs', '--no-log-prefix', '--tail', '5', 'worker'])).toContain('Stopping');
  }, 120_000);
});

const start = (project: ComposeProject, workflowId: string, plan: object): Promise<string> =>
  project.temporal([
    ...['workflow', 'start', '--type', 'drDrill', '--task-queue', 'openbao-dr', '-w', workflowId],
    ...['--input', JSON.stringify(plan)],
  ]);

interface Inspected {
  readonly Name: string;
  readonly Config: { readonly User: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly Memory: number;
    readonly PidsLimit: number;
  };
  readonly NetworkSettings: { readonly Ports: Record<string, readonly { readonly HostIp: string }[] | null> };
}

/** Every secret of the lane, by its file's name: a key by its second line, as its first is no secret. */
const readSecrets = `
import { readdirSync, readFileSync } from 'node:fs';
const secrets = {};
const materials = '/state/lanes/compose/materials';
for (const name of readdirSync(materials)) {
  if (!['ca', 'infra.evidence.public-key'].includes(name)) secrets[name] = readFileSync(materials + '/' + name, 'utf8').trim();
}
for (const server of ['infra', 'source', 'target']) {
  secrets[server + ' key'] = readFileSync('/lanes/' + server + '/tls.key', 'utf8').split('\\n')[1];
}
secrets['unseal key'] = readFileSync('/lanes/infra/unseal.key').toString('base64');
console.log(JSON.stringify(secrets));
`;

const readReports = `
import { readdirSync, readFileSync } from 'node:fs';
for (const entry of readdirSync('/state/reports', { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) console.log(readFileSync((entry.parentPath ?? entry.path) + '/' + entry.name, 'utf8'));
}
`;

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
