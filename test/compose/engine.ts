/** The container engine that these tests run on, if there is one, and the images on it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { inject } from 'vitest';
import type { DrillReport, DrillStatus } from '../../domain/report/report.js';
import { findFreePorts } from '../../systems/processes/free-ports.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { toolPath } from '../support/tools.js';
import { buildImages } from './build-images.js';
import { findTemporalPrograms, readTemporalImages } from './temporal-images.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Why these tests cannot run here; undefined when they can. */
export const whyNoEngine = async (): Promise<string | undefined> => {
  for (const args of [['version'], ['compose', 'version']]) {
    const answer = await execa('docker', args, { reject: false, timeout: 15_000 });
    if (answer.exitCode === 0) continue;
    const said = answer.code === 'ENOENT' ? 'there is no docker' : String(answer.stderr).trim().split('\n').at(-1);
    return `docker ${args.join(' ')}: ${said}`;
  }
  return undefined;
};

/** For `describe.skipIf`: tells why before anything is skipped. */
export const noEngine = async (): Promise<boolean> => {
  const why = await whyNoEngine();
  if (why !== undefined) process.stderr.write(`Tests of the compose lane are skipped: ${why}\n`);
  return why !== undefined;
};

/** For `describe.skipIf`: whether Temporal with PostgreSQL cannot run here; tells why. */
export const noTemporalImages = async (): Promise<boolean> => {
  if (findTemporalPrograms(process.env) !== undefined) return false;
  const tags = Object.values(readTemporalImages());
  const { exitCode } = await execa('docker', ['image', 'inspect', ...tags], { reject: false });
  if (exitCode === 0) return false;
  process.stderr.write(
    `Tests of Temporal with PostgreSQL are skipped: this engine has not all of ${tags.join(', ')}. ` +
      'Pull them, or build stand-ins with "test/compose/build-temporal.sh".\n',
  );
  return true;
};

/** Builds what is missing; answers what serves S3 under RustFS's name. */
export const ensureImages = (): string => {
  const { rustfs } = inject('toolPaths');
  const temporalPrograms = findTemporalPrograms(process.env);
  return buildImages(
    {
      bao: toolPath('bao'),
      traefik: toolPath('traefik'),
      temporal: toolPath('temporal'),
      weed: toolPath('weed'),
      ...(rustfs !== undefined && { rustfs }),
      ...(temporalPrograms !== undefined && { temporalPrograms }),
    },
    { environment: process.env, tell: (line) => process.stderr.write(`${line}\n`) },
  );
};

/** docker-compose.yml as people use it, under a name and on ports of its own. */
export interface ComposeProject extends AsyncDisposable {
  readonly name: string;
  compose(args: readonly string[], options?: { readonly input?: string; readonly lenient?: boolean }): Promise<string>;
  /** Answers what `docker <args>` prints. */
  docker(args: readonly string[]): Promise<string>;
  container(service: string): string;
  /** Where this machine reaches Temporal, and its UI. */
  readonly temporalAddress: string;
  readonly uiAddress: string;
  /** `temporal …` against the project's server. */
  temporal(args: readonly string[]): Promise<string>;
  status(workflowId: string): Promise<DrillStatus>;
  until(workflowId: string, what: string, wanted: (status: DrillStatus) => boolean): Promise<DrillStatus>;
  finished(workflowId: string): Promise<DrillReport>;
}

export const openProject = async (name: string): Promise<ComposeProject> => {
  const home = await mkdtemp(join(tmpdir(), 'openbao-dr-compose-'));
  const names = ['INFRA', 'SOURCE', 'TARGET', 'CLIENTS', 'STORAGE', 'TEMPORAL', 'TEMPORAL_UI'];
  const ports = await findFreePorts(names.length);
  const env = {
    ...process.env,
    COMPOSE_PROGRESS: 'plain',
    ...Object.fromEntries(names.map((port, index) => [`${port}_PORT`, String(ports[index])])),
  };
  const addressOf = (port: string): string => `127.0.0.1:${ports[names.indexOf(port)]}`;
  const address = addressOf('TEMPORAL');
  const project: ComposeProject = {
    name,
    async compose(args, { input, lenient = false } = {}) {
      const answer = await execa('docker', ['compose', '--project-name', name, ...args], {
        cwd: root,
        env,
        reject: !lenient,
        ...(input === undefined ? { stdin: 'ignore' } : { input }),
      });
      return answer.stdout;
    },
    docker: async (args) => (await execa('docker', args, { env, stdin: 'ignore' })).stdout,
    container: (service) => `${name}-${service}-1`,
    temporalAddress: address,
    uiAddress: addressOf('TEMPORAL_UI'),
    temporal: async (args) =>
      (
        await execa(toolPath('temporal'), [...args, '--address', address], {
          env: { HOME: home },
          extendEnv: false,
          stdin: 'ignore',
        })
      ).stdout,
    async status(workflowId) {
      const answer = await project.temporal([
        ...['workflow', 'query', '-w', workflowId, '--name', 'status', '-o', 'json'],
      ]);
      return (JSON.parse(answer) as { queryResult: [DrillStatus] }).queryResult[0];
    },
    until: (workflowId, what, wanted) =>
      waitUntil(
        async () => {
          const status = await project.status(workflowId).catch(() => undefined);
          if (status === undefined) return undefined;
          if (wanted(status)) return status;
          if (status.report !== undefined) throw new Error(`the drill ended: ${status.report.reason}`);
          return undefined;
        },
        { what, timeoutMs: 180_000, intervalMs: 200 },
      ),
    finished: (workflowId) =>
      waitUntil(async () => (await project.status(workflowId).catch(() => undefined))?.report, {
        what: `the report of ${workflowId}`,
        timeoutMs: 180_000,
        intervalMs: 200,
      }),
    async [Symbol.asyncDispose]() {
      await project.compose(['down', '--volumes', '--remove-orphans', '--timeout', '5'], { lenient: true });
      await rm(home, { recursive: true, force: true });
    },
  };
  return project;
};

export const packageVersion = async (): Promise<string> =>
  (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }).version;
