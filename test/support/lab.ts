/** The program as people run it: the built command, a state folder of its own, and Temporal's own CLI beside it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { DrillReport, DrillStatus } from '../../domain/report/report.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { findFreePorts } from '../../systems/processes/free-ports.js';
import { toolPath } from './tools.js';

const command = fileURLToPath(new URL('../../dist/client/main.js', import.meta.url));

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Lab extends AsyncDisposable {
  readonly stateDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs `openbao-dr …` to its end; any exit code is an answer. */
  openbaoDr(args: readonly string[], options?: { readonly timeoutMs?: number }): Promise<Ran>;
  /** Starts `openbao-dr dev`; returns when Temporal answers and the worker polls. */
  startDev(): Promise<DevProcess>;
  /** Runs `temporal …` against the lab's server; fails on a non-zero exit. */
  temporal(args: readonly string[]): Promise<string>;
  startDrill(workflowId: string, plan: object): Promise<void>;
  /** The workflow's history as JSON, payloads still encoded. */
  history(workflowId: string): Promise<string>;
  status(workflowId: string): Promise<DrillStatus>;
  /** Polls the status query until the drill is where the test wants it. */
  until(workflowId: string, what: string, wanted: (status: DrillStatus) => boolean): Promise<DrillStatus>;
  /** Waits until the workflow is closed, and reads the report that `status` answers with. */
  finished(workflowId: string): Promise<DrillReport>;
}

export interface DevProcess {
  hasEnded(): boolean;
  /** Everything the process printed. */
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<Ran>;
}

export interface LabOptions {
  /** Lanes store on this RustFS; without it, on the wheel's SeaweedFS: the lab's programs find no RustFS themselves. */
  readonly storage?: { readonly rustfs: string };
}

export const startLab = async ({ storage }: LabOptions = {}): Promise<Lab> => {
  const stateDir = await mkdtemp(join(tmpdir(), 'openbao-dr-lab-'));
  const [port, uiPort] = await findFreePorts(2);
  const address = `127.0.0.1:${port}`;
  const environment: Record<string, string> = {
    HOME: stateDir,
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    OPENBAO_DR_STATE: join(stateDir, 'state'),
    OPENBAO_DR_BAO: toolPath('bao'),
    OPENBAO_DR_TEMPORAL: toolPath('temporal'),
    OPENBAO_DR_TRAEFIK: toolPath('traefik'),
    OPENBAO_DR_WEED: toolPath('weed'),
    ...(storage === undefined ? {} : { OPENBAO_DR_RUSTFS: storage.rustfs }),
  };
  const devs: DevProcess[] = [];
  const lanes = new Set<string>();

  const lab: Lab = {
    stateDir: environment['OPENBAO_DR_STATE']!,
    environment,
    async openbaoDr(args, { timeoutMs = 120_000 } = {}) {
      const { exitCode, stdout, stderr } = await execa(process.execPath, [command, ...args], {
        env: environment,
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
        timeout: timeoutMs,
      });
      return { exitCode: exitCode ?? -1, stdout, stderr };
    },
    async startDev() {
      const dev = execa(process.execPath, [command, 'dev', '--port', String(port), '--ui-port', String(uiPort)], {
        env: environment,
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
        all: true,
        forceKillAfterDelay: 90_000,
      });
      let printed = '';
      dev.all.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
      const started: DevProcess = {
        hasEnded: () => dev.exitCode !== null,
        output: () => printed,
        async stop(signal = 'SIGINT') {
          dev.kill(signal);
          const { exitCode, stdout, stderr } = await dev;
          return { exitCode: exitCode ?? -1, stdout, stderr };
        },
      };
      devs.push(started);
      await waitUntil(
        async () => {
          if (dev.exitCode !== null) throw new Error(`dev ended: ${printed}`);
          const pollers = await lab
            .temporal(['task-queue', 'describe', '--task-queue', 'openbao-dr', '-o', 'json'])
            .catch(() => '');
          return pollers.includes(`${dev.pid}@`) || undefined;
        },
        { what: 'the worker to poll', timeoutMs: 60_000, intervalMs: 200 },
      );
      return started;
    },
    async temporal(args) {
      const { stdout } = await execa(toolPath('temporal'), [...args, '--address', address], {
        env: { HOME: stateDir },
        extendEnv: false,
        stdin: 'ignore',
      });
      return stdout;
    },
    async startDrill(workflowId, plan) {
      lanes.add((plan as { lane: string }).lane);
      await lab.temporal([
        ...['workflow', 'start', '--type', 'drDrill', '--task-queue', 'openbao-dr'],
        ...['-w', workflowId, '--input', JSON.stringify(plan)],
      ]);
    },
    history: (workflowId) => lab.temporal(['workflow', 'show', '-w', workflowId, '-o', 'json']),
    async status(workflowId) {
      const answer = await lab.temporal(['workflow', 'query', '-w', workflowId, '--name', 'status', '-o', 'json']);
      return (JSON.parse(answer) as { queryResult: [DrillStatus] }).queryResult[0];
    },
    until: (workflowId, what, wanted) =>
      waitUntil(
        async () => {
          const status = await lab.status(workflowId).catch(() => undefined);
          if (status === undefined) return undefined;
          if (wanted(status)) return status;
          if (status.report !== undefined) throw new Error(`the drill ended: ${status.report.reason}`);
          return undefined;
        },
        { what, timeoutMs: 120_000, intervalMs: 200 },
      ),
    finished: (workflowId) =>
      waitUntil(async () => (await lab.status(workflowId).catch(() => undefined))?.report, {
        what: `the report of ${workflowId}`,
        timeoutMs: 120_000,
        intervalMs: 200,
      }),
    async [Symbol.asyncDispose]() {
      for (const dev of devs) if (!dev.hasEnded()) await dev.stop('SIGTERM');
      for (const lane of lanes) await lab.openbaoDr(['down', lane, '--force']);
      await rm(stateDir, { recursive: true, force: true });
    },
  };
  return lab;
};

export const waitsForApproval = ({ waitingFor }: DrillStatus): boolean => waitingFor?.what === 'approval';
