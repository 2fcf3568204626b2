import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { DrillReport } from '../../domain/report/report.js';
import { type DevProcess, type Lab, startLab, waitsForApproval } from '../support/lab.js';
import { listeningAddresses } from '../support/servers/listeners.js';
import { decodeHistory, readLaneSecrets, readTree, secretsIn, secretsInTraces } from '../support/secrets.js';

const { rustfs } = inject('toolPaths');
const servers = [
  { name: 'SeaweedFS', kind: 'weed', options: {}, keyFiles: ['identities.json'] },
  ...(rustfs === undefined
    ? []
    : [{ name: 'RustFS', kind: 'rustfs', options: { storage: { rustfs } }, keyFiles: ['access-key', 'secret-key'] }]),
];

describe.each(servers)('a whole drill on real servers with $name, driven through the Temporal CLI', (server) => {
  const { kind, options, keyFiles } = server;
  let lab: Lab;
  let dev: DevProcess;
  const id = 'dr-drill/local';

  beforeAll(async () => {
    lab = await startLab(options);
    dev = await lab.startDev();
    await lab.startDrill(id, { lane: 'local', teardown: 'never' });
    await lab.until(id, 'the drill to wait for approval', waitsForApproval);
  }, 180_000);
  afterAll(() => lab[Symbol.asyncDispose]());

  it('shows all evidence while it waits', async () => {
    const { checks, snapshot, evidence } = await lab.status(id);
    expect(checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'same-openbao-version',
      'same-seal',
      'storage-reachable-from-source',
      'storage-reachable-from-target',
      'target-ready-with-restore-auth',
      'source-seal-usable',
      'target-seal-usable',
      'target-is-independent',
      'raft-storage',
      'audit-devices-equal',
      'cutover-possible',
      'controls-effective',
      'archive-integrity',
      'flipped-byte-refused',
      'seal-proof',
      'other-key-refused',
      'cluster-id-matches-source',
      'openbao-version-unchanged',
      'target-password-refused',
      'source-password-accepted',
      'marker-is-source',
      'mounts-alive',
      'namespaces-unsealed',
      'store-equality',
    ]);
    expect(snapshot?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(evidence?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(
      await lab.temporal(['workflow', 'list', '--query', 'DrillLane="local" AND DrillPhase="approval"']),
    ).toContain(id);
    expect(await lab.temporal(['workflow', 'metadata', '-w', id])).toContain('Waits for a person');
  });

  it('listens on loopback only', async () => {
    const record = JSON.parse(await readFile(join(lab.stateDir, 'lanes', 'local', 'lane.json'), 'utf8')) as {
      storage: string;
      processes: Record<string, { pid: number }>;
    };
    expect(record.storage).toBe(kind);
    const names = Object.keys(record.processes);
    expect(names).toHaveLength(8);
    for (const name of names) {
      const addresses = await listeningAddresses(record.processes[name]!.pid);
      expect(addresses, name).not.toEqual([]);
      expect(
        addresses.filter((address) => !address.startsWith('127.0.0.1:')),
        name,
      ).toEqual([]);
    }
  });

  it('keeps its state to this user', async () => {
    const entries = await readdir(lab.stateDir, { recursive: true, withFileTypes: true });
    const open = await Promise.all(
      entries.map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        // What a server itself writes into its private folder is its own business.
        if (entry.isSocket() || /\/(data|storage\/logs|temporal)\//.test(path)) return undefined;
        const { mode } = await stat(path);
        return (mode & 0o077) === 0 ? undefined : path;
      }),
    );
    expect(open.filter((path) => path !== undefined)).toEqual([]);
    for (const file of keyFiles) {
      const { mode } = await stat(join(lab.stateDir, 'lanes', 'local', 'storage', file));
      expect(mode & 0o777, file).toBe(0o600);
    }
  });

  it('refuses a second drill on the lane, whatever its workflow id, and leaves the first alone', async () => {
    await lab.startDrill('another/id', { lane: 'local' });
    const refused = await lab.finished('another/id');
    expect(refused.result).toBe('failed');
    expect(refused.reason).toContain('Lane local is in use by drill');
    expect(waitsForApproval(await lab.status(id))).toBe(true);
  });

  it('runs a second lane beside the first to the end', async () => {
    await lab.startDrill('dr-drill/local-two', { lane: 'local-two' });
    await lab.until('dr-drill/local-two', 'the second drill to wait', waitsForApproval);
    await lab.temporal([
      ...['workflow', 'update', 'execute', '-w', 'dr-drill/local-two', '--name', 'decideCutover'],
      ...['--input', '{"decision":"approve","approver":"bea"}'],
    ]);
    const report = await lab.finished('dr-drill/local-two');
    expect(report).toMatchObject({ result: 'passed', cleanup: { outcome: 'succeeded' } });
    expect(await readdir(join(lab.stateDir, 'lanes'))).not.toContain('local-two');
    expect(waitsForApproval(await lab.status(id))).toBe(true);
  }, 120_000);

  describe('once approved by signal', () => {
    let report: DrillReport;

    beforeAll(async () => {
      await lab.temporal([
        ...['workflow', 'signal', '-w', id, '--name', 'approveCutover'],
        ...['--input', '{"approver":"ann","comment":"seen the checks"}'],
      ]);
      report = await lab.finished(id);
    }, 120_000);

    it('passes, having moved clients there and back', () => {
      expect(report).toMatchObject({ result: 'passed', cleanup: { outcome: 'kept' } });
      expect(report.approvals).toMatchObject([{ decision: 'approve', approver: 'ann', via: 'signal' }]);
      const outcomes = Object.fromEntries(report.checks.map(({ name, outcome }) => [name, outcome]));
      expect(outcomes).toMatchObject({
        'cutover-only-after-verification': 'passed',
        'client-reaches-target': 'passed',
        'source-fenced': 'passed',
        'no-write-after-fence': 'passed',
        'client-back-at-source': 'passed',
      });
      expect(report.cutover).toMatchObject({ to: 'target', staleReads: 0, writesAfterFence: 0 });
      expect(report.revert).toMatchObject({ to: 'source', staleReads: 0, writesAfterFence: 0 });
      expect(report.cutover!.outageMs).toBeGreaterThan(0);
      expect(report.rto).toMatchObject({ from: 'fence' });
      // Every write up to the fence counts, and those after the backup are lost.
      expect(report.rpo!.lostWrites).toBeGreaterThan(0);
      expect(report.phases.map(({ name }) => name)).toEqual([
        ...[
          'provision',
          'preflight',
          'seed',
          'backup',
          'inspect',
          'seal-proof',
          'restore',
          'unseal',
          'verify',
          'approval',
          'cutover',
          'confirm',
        ],
        'revert',
      ]);
    });

    it('leaves its report in all its forms, signed', async () => {
      const folder = join(lab.stateDir, 'reports', report.drillId);
      const { drillId, result, checks, phases } = report;
      const written: unknown = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
      expect(written).toMatchObject({ drillId, result, checks, phases });
      expect(await readFile(join(folder, 'report.md'), 'utf8')).toContain('passed');
      expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain(drillId);
      const [key = ''] = await readdir(join(lab.stateDir, 'evidence-keys'));
      const file = join(folder, 'report.json');
      const trusted = ['--public-key', join(lab.stateDir, 'evidence-keys', key)];
      expect(await lab.openbaoDr(['verify-report', file, ...trusted])).toMatchObject({ exitCode: 0 });
      expect(await lab.openbaoDr(['verify-report', file])).toMatchObject({ exitCode: 1 });
    });

    it('has leaked no secret into history, logs, reports, output or command lines', async () => {
      const laneFolder = join(lab.stateDir, 'lanes', 'local');
      const secrets = await readLaneSecrets(laneFolder);
      expect(secrets.size).toBeGreaterThan(15);
      const places = {
        history: decodeHistory(await lab.history(id)),
        reports: await readTree(join(lab.stateDir, 'reports')),
        output: dev.output(),
        logs: await readLogs(laneFolder),
        'command lines': await readCommandLines(laneFolder),
      };
      for (const [place, text] of Object.entries(places)) {
        expect(text.length, place).toBeGreaterThan(0);
        expect(secretsIn(text, secrets), place).toEqual([]);
      }
    });

    it('drills again on the kept lane, with a target built anew, and leaks nothing when rejected', async () => {
      await lab.startDrill('dr-drill/again', { lane: 'local', teardown: 'always' });
      await lab.until('dr-drill/again', 'the drill to wait again', waitsForApproval);
      // This drill's own: it has seeded new passwords, and the target is another one. They go with the lane.
      const secrets = await readLaneSecrets(join(lab.stateDir, 'lanes', 'local'));
      await lab.temporal([
        ...['workflow', 'signal', '-w', 'dr-drill/again', '--name', 'rejectCutover'],
        ...['--input', '{"approver":"ann","reason":"only looking"}'],
      ]);
      const again = await lab.finished('dr-drill/again');
      expect(again).toMatchObject({ result: 'rejected', cleanup: { outcome: 'succeeded' } });
      expect(again.reason).toContain('only looking');
      expect(await readdir(join(lab.stateDir, 'lanes'))).not.toContain('local');
      expect(await secretsInTraces(lab, 'dr-drill/again', again.drillId, secrets)).toEqual([]);
    });
  });
});

const readLogs = async (laneFolder: string): Promise<string> => {
  const entries = await readdir(laneFolder, { recursive: true, withFileTypes: true });
  const logs = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.log'));
  return (await Promise.all(logs.map((log) => readFile(join(log.parentPath, log.name), 'utf8')))).join('\n');
};

const readCommandLines = async (laneFolder: string): Promise<string> => {
  const record = JSON.parse(await readFile(join(laneFolder, 'lane.json'), 'utf8')) as {
    processes: Record<string, { pid: number }>;
  };
  const lines = Object.values(record.processes).map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8'));
  return (await Promise.all(lines)).join('\n');
};
