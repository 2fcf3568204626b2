/** What is wrong with a machine or a plan is told in one sentence, with exit code 2, and nothing is left behind. */
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../domain/report/report.js';
import { findFreePorts } from '../../systems/processes/free-ports.js';
import { type CommandLine, openCommandLine, type Typed } from './command-line.js';
import { ensureImages, noEngine } from './engine.js';
import { startSmallEngine, whyNoSmallEngine } from './small-engine.js';

const lane = 'compose-bad';
const project = `openbao-dr-${lane}`;

/** Whether Compose is found without the user's own plugins, so that it cannot be taken away. */
const composeIsInstalledForAll = async (): Promise<boolean> =>
  (await execa('docker', ['compose', 'version'], { reject: false, env: { DOCKER_CONFIG: '/nowhere' } })).exitCode === 0;

const composeForAll = await composeIsInstalledForAll();
const noSmallEngine = await whyNoSmallEngine();

describe.skipIf(await noEngine())('a drill in containers that could not run', () => {
  let here: CommandLine;

  const drill = (args: readonly string[] = [lane], extra?: Readonly<Record<string, string>>): Promise<Typed> =>
    here.openbaoDr(['drill', ...args, '--approve-as', 'ann'], extra);
  const listed = async (kind: 'container' | 'volume' | 'network'): Promise<string> => {
    const all = kind === 'container' ? ['--all'] : [];
    return (await execa('docker', [kind, 'ls', ...all, '--quiet', '--filter', `name=${project}`])).stdout;
  };
  /** Told before anything was made, in one sentence and nothing else. */
  const refused = async ({ exitCode, stdout, stderr }: Typed, sentence: string | RegExp): Promise<void> => {
    expect(exitCode, `${stdout}\n${stderr}`).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(await readdir(join(here.stateFolder, 'temporal'))).toEqual([]);
    expect(await readdir(join(here.stateFolder, 'lanes'))).toEqual([]);
  };

  beforeAll(async () => {
    ensureImages();
    here = await openCommandLine();
  }, 600_000);
  afterEach(async () => {
    await execa('docker', ['compose', '--project-name', project, 'down', '--volumes'], { stdin: 'ignore' });
  });
  afterAll(async () => {
    await here.openbaoDr(['down', lane, '--force']);
    await here.remove();
  }, 120_000);

  it('is told that no engine answers', async () => {
    const nowhere = await drill([lane], { DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    await refused(nowhere, 'The Docker engine does not answer: start it');
    const down = await here.openbaoDr(['down', lane, '--force'], { DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    expect(down.exitCode, down.stderr).toBe(0);
  });

  it.skipIf(composeForAll)(
    'is told that there is no Compose (skipped where it is installed for all users)',
    async () => {
      await refused(
        await drill([lane], { DOCKER_CONFIG: here.folder }),
        /docker has no Compose: install version 2\.20/,
      );
    },
  );

  it('is told which port is taken', async () => {
    const [port] = await findFreePorts(1);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      const plan = await here.planned({ lane, compose: { ports: { source: port } } });
      await refused(await drill(['--plan', plan]), `Port ${port}, meant for the edge of source, is taken by another`);
      const up = await here.openbaoDr(['up', '--plan', plan]);
      expect(up.exitCode).toBe(2);
      expect(up.stderr).toContain(`Port ${port}`);
    } finally {
      server.close();
    }
  });

  it.each([
    ['another version', []],
    ['a lane of another state folder', ['type=none', 'o=bind', 'device=/elsewhere']],
  ])('is told of a volume that %s has left, leaves it alone, and says how to remove it', async (_, options) => {
    const volume = `${project}_target`;
    const labels = { 'com.docker.compose.project': project, 'com.docker.compose.volume': 'target' };
    await execa('docker', [
      ...['volume', 'create', ...options.flatMap((option) => ['--opt', option])],
      ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
      volume,
    ]);
    const said = await drill();
    await refused(said, `The volume ${volume} is not this lane's`);
    const up = await here.openbaoDr(['up', lane]);
    expect(up.exitCode).toBe(2);
    expect(up.stderr).toContain(`The volume ${volume} is not this lane's`);
    expect(await listed('volume')).toBe(volume);

    const [, command = ''] = /with "docker ([^"]+)"/.exec(said.stderr) ?? [];
    await execa('docker', command.split(' '), { stdin: 'ignore' });
    expect(await listed('volume')).toBe('');
  });

  it.skipIf(noSmallEngine !== undefined)(
    `is told that the engine has no room left (${noSmallEngine === undefined ? 'on a disk of 48 MiB' : `skipped: ${noSmallEngine}`})`,
    async () => {
      await using engine = await startSmallEngine(join(here.folder, 'small'), 48);
      const said = await drill([lane], { DOCKER_HOST: engine.host });
      await refused(said, new RegExp(`Only [\\d.]+ MiB are free at ${engine.data}, where the container engine keeps`));
    },
  );

  it('is told that an image is missing where no registry has it, once it is to be started', async () => {
    const missing = { TRAEFIK_IMAGE: 'traefik:v0.0.0-none' };
    const sentence = 'An image of the lane is not on this machine and cannot be pulled';
    const up = await here.openbaoDr(['up', lane], missing);
    expect(up.exitCode, up.stderr).toBe(2);
    expect(up.stderr).toContain(sentence);
    await here.openbaoDr(['down', lane]);

    const { exitCode, stdout, stderr } = await drill([lane, '--json'], missing);
    expect(exitCode, stderr).toBe(2);
    const report = JSON.parse(stdout) as DrillReport;
    expect(report).toMatchObject({ result: 'failed', cleanup: { outcome: 'succeeded' } });
    expect(report.reason).toContain(`The phase provision failed: ${sentence}`);
    expect(report.phases.map(({ name }) => name)).toEqual(['provision', 'teardown']);
    for (const kind of ['container', 'volume', 'network'] as const) expect(await listed(kind), kind).toBe('');
    expect(await readdir(join(here.stateFolder, 'lanes'))).toEqual([]);
  });
});
