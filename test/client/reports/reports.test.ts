import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listReports, readLastReport, readReport } from '../../../client/reports/reports.js';
import { createReportStore } from '../../../infra/state/report-store.js';
import { openStateFolder, type StateFolder } from '../../../infra/state/state-folder.js';
import { exampleReport } from '../../domain/report/example-report.js';
import { version1Report } from '../../domain/report/version-1-report.js';
import { temporaryFolder, type } from '../test-context.js';

const older = exampleReport({ drillId: '20260102T030405Z-0000000a', result: 'failed', reason: 'older' });
const newer = exampleReport({ drillId: '20260102T040405Z-0000000b', reason: 'newer' });
const other = exampleReport({ drillId: '20260102T050405Z-0000000c', lane: 'local-blue', reason: 'other lane' });

describe('reports on this machine', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stateFolder: StateFolder;
  const ask = (...args: string[]) => type(args, { environment: { OPENBAO_DR_STATE: stateFolder.root } });

  beforeAll(async () => {
    folder = await temporaryFolder();
    stateFolder = await openStateFolder(join(folder.path, 'state'));
    const store = createReportStore(stateFolder);
    for (const report of [newer, older, other]) await store.write(report);
    await mkdir(join(stateFolder.reports, 'notes'));
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('are listed newest first', async () => {
    const seen: string[] = [];
    for await (const { report } of listReports(stateFolder)) seen.push(report.reason);
    expect(seen).toEqual(['other lane', 'newer', 'older']);
  });

  it("give a lane's last one, and any by its drill", async () => {
    expect((await readLastReport(stateFolder, 'local'))?.report).toEqual(newer);
    expect(await readLastReport(stateFolder, 'local-red')).toBeUndefined();
    expect((await readReport(stateFolder, older.drillId))?.report).toEqual(older);
  });

  it('are never looked for outside of their folder', async () => {
    expect(await readReport(stateFolder, '../reports/20260102T030405Z-0000000a')).toBeUndefined();
  });

  it('are printed as Markdown, or as data', async () => {
    const { exitCode, stdout } = await ask('report', older.drillId);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^# Drill 20260102T030405Z-0000000a on lane local: failed\n\nolder\.\n/);
    const asData = await ask('report', 'local-blue', '--json');
    expect(JSON.parse(asData.stdout)).toEqual(other);
    expect(asData.stderr).toBe('');
  });

  it('are kept as data, as Markdown and as a page, for this user alone', async () => {
    for (const [file, beginning] of [
      ['report.json', '{\n'],
      ['report.md', '# Drill'],
      ['report.html', '<!doctype html>'],
    ] as const) {
      const path = join(stateFolder.reports, newer.drillId, file);
      expect((await readFile(path, 'utf8')).startsWith(beginning)).toBe(true);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  it("are opened with the desktop's own program, and named where there is none", async () => {
    const desktop = join(folder.path, 'desktop');
    await mkdir(desktop);
    const seen = join(desktop, 'seen');
    await writeFile(join(desktop, 'xdg-open'), `#!/bin/sh\necho "$1" > '${seen}'\n`, { mode: 0o755 });
    const open = (PATH: string) =>
      type(['report', older.drillId, '--open'], { environment: { OPENBAO_DR_STATE: stateFolder.root, PATH } });
    const page = join(stateFolder.reports, older.drillId, 'report.html');
    expect(await open(desktop)).toEqual({ exitCode: 0, stdout: `${page}\n`, stderr: '' });
    expect(await readFile(seen, 'utf8')).toBe(`file://${page}\n`);
    const nowhere = await open(join(folder.path, 'empty'));
    expect(nowhere.exitCode).toBe(2);
    expect(nowhere.stderr).toContain(`open ${page} in a browser yourself`);
  });

  it('of version 1 are listed and shown as well', async () => {
    const drillId = '20250102T030405Z-0000000e';
    await mkdir(join(stateFolder.reports, drillId));
    await writeFile(join(stateFolder.reports, drillId, 'report.json'), JSON.stringify(version1Report({ drillId })));
    const seen: string[] = [];
    for await (const { report } of listReports(stateFolder)) seen.push(report.drillId);
    expect(seen.at(-1)).toBe(drillId);
    const { exitCode, stdout } = await ask('report', drillId);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('This report is not signed: reports of version 1 were not signed.');
  });

  it('pass on members that this version does not know', async () => {
    const drillId = '20260102T010405Z-0000000f';
    const report = { ...exampleReport({ drillId }), later: { x: 1 } };
    await createReportStore(stateFolder).write(report);
    expect((await readReport(stateFolder, drillId))?.report).toEqual(report);
  });

  it('that are missing are told as such', async () => {
    const { exitCode, stderr } = await ask('report', 'local-red');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('There is no report of a drill of lane local-red');
  });

  it('that are damaged are told as such', async () => {
    const broken = join(stateFolder.reports, '20260102T060405Z-0000000d');
    await mkdir(broken);
    for (const content of ['{"schemaVersion": 1, "res', '{}', '[]']) {
      await writeFile(join(broken, 'report.json'), content);
      const { exitCode, stderr } = await ask('report', '20260102T060405Z-0000000d');
      expect(exitCode).toBe(2);
      expect(stderr).toContain(join(broken, 'report.json'));
    }
  });
});
