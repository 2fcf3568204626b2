/** docker-compose.yml's profile "production-like" as a team uses it: Temporal's server on PostgreSQL, and its UI. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchAttributeNames } from '../../domain/contract/contract.js';
import { waitsForApproval } from '../support/lab.js';
import { decodeHistory, secretsIn } from '../support/secrets.js';
import { type ComposeProject, ensureImages, noEngine, noTemporalImages, openProject } from './engine.js';
import { signalAsUi } from './temporal-ui.js';
import { expectNoNeedlessRights, readEngineTraces, readReports, readSecrets, startDrill } from './whole-lane.js';

const profile = ['--profile', 'production-like'];
const id = 'dr-drill/compose';

const skipped = (await noEngine()) || (await noTemporalImages());

describe.skipIf(skipped)('the whole lane with Temporal on PostgreSQL', () => {
  let project: ComposeProject;
  const up = (): Promise<string> => project.compose([...profile, 'up', '--detach', '--wait', '--no-build']);

  beforeAll(async () => {
    ensureImages();
    project = await openProject('openbao-dr-test-production');
    try {
      await up();
    } catch (error) {
      throw new Error(await project.compose([...profile, 'logs', '--no-color', '--tail', '30']), { cause: error });
    }
  }, 600_000);
  afterAll(async () => {
    await project?.compose([...profile, 'down', '--volumes', '--timeout', '5'], { lenient: true });
    await project?.[Symbol.asyncDispose]();
  }, 120_000);

  it('is healthy once "docker compose up --wait" has returned, without the server of the other profile', async () => {
    const printed = await project.compose([...profile, 'ps', '--all', '--format', 'json']);
    const services = printed.split('\n').map((line) => JSON.parse(line) as Record<string, string | number>);
    const running = services.filter(({ State }) => State === 'running');
    expect(running.filter(({ Health }) => Health !== 'healthy').map(({ Service }) => Service)).toEqual([]);
    expect(running).toHaveLength(13);
    const over = services.filter(({ State }) => State !== 'running');
    expect(over.map(({ Service, ExitCode }) => [Service, ExitCode]).sort()).toEqual([
      ['prepare-database', 0],
      ['prepare-materials', 0],
      ['prepare-pair', 0],
      ['prepare-transit', 0],
      ['temporal-namespace', 0],
      ['temporal-schema', 0],
    ]);
    expect(services.map(({ Service }) => Service)).not.toContain('temporal-dev');
  });

  it('gives no container a right that it does not need', async () => {
    await expectNoNeedlessRights(project);
  });

  it('has a namespace that keeps drills for 30 days, and the search attributes of the worker', async () => {
    const namespace = await project.temporal(['operator', 'namespace', 'describe', '-n', 'default', '-o', 'json']);
    expect(namespace).toMatch(/"workflowExecutionRetentionTtl":\s*"2592000s"/);
    const attributes = await project.temporal(['operator', 'search-attribute', 'list', '-o', 'json']);
    for (const name of Object.values(searchAttributeNames)) expect(attributes).toContain(name);
  });

  it('drills from the worker, and passes', async () => {
    const drill = ['exec', '-T', 'worker', 'openbao-dr', 'drill', 'compose', '--approve-as', 'ann', '--json'];
    const report = JSON.parse(await project.compose([...profile, ...drill])) as { result: string };
    expect(report.result).toBe('passed');
  }, 300_000);

  it('keeps a drill that waits for its approval while server and database are killed, and takes it from the UI', async () => {
    await startDrill(project, id, { lane: 'compose', teardown: 'never' });
    await project.until(id, 'the drill to wait for approval', waitsForApproval);
    const parts = ['temporal-server', 'postgres'].map((service) => project.container(service));
    await project.docker(['kill', ...parts]);
    await expect(project.status(id)).rejects.toThrow();
    await up();
    expect(
      await ask(project, 'temporal_visibility', 'SELECT DISTINCT workflow_id FROM executions_visibility'),
    ).toContain(id);
    await signalAsUi(project.uiAddress, { workflowId: id, signal: 'approveCutover', input: { approver: 'ann' } });
    const report = await project.finished(id);
    expect(report.result, report.reason).toBe('passed');
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  }, 300_000);

  it('shows drills in the UI', async () => {
    const page = await fetch(`http://${project.uiAddress}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    const listed = await fetch(
      `http://${project.uiAddress}/api/v1/namespaces/default/workflows?query=${encodeURIComponent('DrillResult="passed"')}`,
    );
    expect(await listed.text()).toContain(id);
  });

  it('keeps every secret, its own password, too, out of histories, reports, argv and what the engine tells', async () => {
    const secrets = await readSecrets(project);
    const password = await project.compose([...profile, 'exec', '-T', 'postgres', 'cat', '/lane/password']);
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    secrets.set('password of the database', password);
    const history = decodeHistory(await project.temporal(['workflow', 'show', '-w', id, '-o', 'json']));
    const commands = await Promise.all(
      ['temporal-server', 'postgres', 'temporal-ui'].map((name) =>
        project.docker(['top', project.container(name), 'axww']),
      ),
    );
    expect(commands.join()).toContain('temporal-server start');
    for (const text of [history, await readReports(project), ...commands, ...(await readEngineTraces(project))]) {
      expect(secretsIn(text, secrets)).toEqual([]);
    }
  });

  it('takes up its database and its schema when it is made again, and has every drill still', async () => {
    await project.compose([...profile, 'down', '--timeout', '30']);
    await up();
    const said = await project.compose([...profile, 'logs', '--no-log-prefix', 'temporal-schema']);
    expect(said.match(/found zero updates/g)).toHaveLength(2);
    expect((await project.finished(id)).result).toBe('passed');
  }, 300_000);

  it('leaves nothing when it is taken down with its volumes', async () => {
    await project.compose([...profile, 'down', '--volumes']);
    const label = `label=com.docker.compose.project=${project.name}`;
    for (const kind of [
      ['ps', '--all'],
      ['volume', 'ls'],
      ['network', 'ls'],
    ]) {
      expect(await project.docker([...kind, '--quiet', '--filter', label]), kind[0]).toBe('');
    }
  }, 120_000);
});

describe.skipIf(skipped)('the schema of Temporal on PostgreSQL', () => {
  it('moves a schema on that an older server left, also where the first try failed', async () => {
    ensureImages();
    await using older = await openProject('openbao-dr-test-schema');
    const run = (args: readonly string[]): Promise<string> => older.compose([...profile, ...args]);
    await run(['up', '--detach', '--wait', '--no-build', 'postgres']);
    await run(['run', '--rm', '--no-deps', '--entrypoint', '/bin/sh', 'temporal-schema', '-euc', olderSchema]);
    expect(await versionsOf(older)).toEqual(['1.18', '1.13']);
    const upgrade = ['run', '--rm', '--no-deps', 'temporal-schema'];
    await ask(older, 'temporal_visibility', 'ALTER TABLE executions_visibility RENAME TO elsewhere');
    await expect(run(upgrade)).rejects.toThrow(/executions_visibility.*does not exist/);
    expect(await versionsOf(older)).toEqual(['1.19', '1.13']);
    await ask(older, 'temporal_visibility', 'ALTER TABLE elsewhere RENAME TO executions_visibility');
    await run(upgrade);
    expect(await versionsOf(older)).toEqual(['1.19', '1.14']);
  }, 300_000);
});

const ask = (project: ComposeProject, database: string, query: string): Promise<string> =>
  project.compose([
    ...[...profile, 'exec', '-T', 'postgres', 'psql', '--username=temporal', `--dbname=${database}`],
    ...['--no-align', '--tuples-only', `--command=${query}`],
  ]);

const versionsOf = (project: ComposeProject): Promise<readonly string[]> =>
  Promise.all(
    ['temporal', 'temporal_visibility'].map((name) => ask(project, name, 'SELECT curr_version FROM schema_version')),
  );

/** Makes both databases as the servers before the one that docker-compose.yml names left them. */
const olderSchema = `
SQL_PASSWORD=$(cat /lane/password); export SQL_PASSWORD
tool() { temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal "$@"; }
while read -r database part version; do
  tool --db "$database" create
  tool --db "$database" setup-schema -v 0.0
  tool --db "$database" update-schema -d "/etc/temporal/schema/postgresql/v12/$part/versioned" -v "$version"
done <<END
temporal temporal 1.18
temporal_visibility visibility 1.13
END
`;
