import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { access, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunning, type ProcessIdentity } from '../../../systems/processes/process-identity.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import { connectClient, readClusterId } from '../../../systems/temporal/connect.js';
import { settingsOfOwnServer } from '../../../systems/temporal/connection-settings.js';
import { findDevServer, joinDevServer, type JoinDevServerOptions } from '../../../systems/temporal/dev-server.js';
import { keptSeconds } from '../../../systems/temporal/keep-histories.js';
import { stopBackgroundProcess } from '../../../systems/processes/background-process.js';
import { listeningAddresses } from '../../support/servers/listeners.js';
import { toolPath } from '../../support/tools.js';
import { compileSources } from '../files/compiled-sources.js';

interface ServerRecord {
  server: ProcessIdentity;
  users: (ProcessIdentity & { id: string })[];
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dev-server-'));
});
afterEach(async () => {
  const record = await readRecord().catch(() => undefined);
  if (record !== undefined) await stopBackgroundProcess(record.server, { graceMs: 0 });
  await rm(folder, { recursive: true, force: true });
});

const recordFile = () => join(folder, 'server.json');
const readRecord = async () => JSON.parse(await readFile(recordFile(), 'utf8')) as ServerRecord;
const ownedServer = async () => (await readRecord()).server;
const recordExists = () =>
  access(recordFile()).then(
    () => true,
    () => false,
  );
const joinServer = (options: Partial<JoinDevServerOptions> = {}) =>
  joinDevServer({ folder, temporalPath: toolPath('temporal'), ...options });

const clusterIdAt = async (address: string): Promise<string> => {
  const connected = await connectClient(settingsOfOwnServer(address));
  try {
    return await readClusterId(connected.connection, 'default');
  } finally {
    await connected.close();
  }
};

const occupied = async (): Promise<{ port: number; server: Server }> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, server };
};

describe('joinDevServer', () => {
  it('starts a server that is open to this machine only, with its UI and search attributes, and keeps histories', async () => {
    const [port, uiPort] = (await findFreePorts(2)) as [number, number];
    const progress: string[] = [];
    const joined = await joinServer({ port, uiPort, onProgress: (message) => progress.push(message) });
    expect(joined).toMatchObject({
      address: `127.0.0.1:${port}`,
      namespace: 'default',
      uiUrl: `http://127.0.0.1:${uiPort}`,
    });
    expect(progress).toEqual([`Starting the Temporal server at 127.0.0.1:${port}`]);
    expect((await fetch(joined.uiUrl)).status).toBe(200);

    const server = await ownedServer();
    const listening = await listeningAddresses(server.pid);
    expect(listening).toEqual(expect.arrayContaining([`127.0.0.1:${port}`, `127.0.0.1:${uiPort}`]));
    expect(listening.filter((address) => !address.startsWith('127.0.0.1:'))).toEqual([]);

    const connected = await connectClient(settingsOfOwnServer(joined.address));
    expect(
      await connected.client.workflow.count('DrillLane = "a" AND DrillPhase = "b" AND DrillResult = "c"'),
    ).toMatchObject({
      count: 0,
    });
    const { config } = await connected.connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(keptSeconds);
    await connected.close();
    expect((await stat(recordFile())).mode & 0o777).toBe(0o600);

    await joined.leave();
    await joined.leave();
    expect(await isRunning(server)).toBe(false);
    expect(await recordExists()).toBe(false);
  });

  it('keeps its database to this user', async () => {
    const server = await joinServer();
    const files = (await readdir(folder)).filter((name) => name.startsWith('temporal.db'));
    const modes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).mode & 0o777));
    await server.leave();
    expect(files).toContain('temporal.db');
    expect(modes).toEqual(files.map(() => 0o600));
  });

  it('joins the server that runs, and the last to leave stops it', async () => {
    const first = await joinServer();
    const server = await ownedServer();
    const second = await joinServer({ preferredPort: 7233 });
    expect(second.address).toBe(first.address);
    expect(await findDevServer(folder)).toEqual({
      address: first.address,
      namespace: 'default',
      uiUrl: first.uiUrl,
    });
    await expect(joinServer({ port: 7_777 })).rejects.toMatchObject({
      type: 'TemporalServerElsewhere',
      message: expect.stringContaining(first.address) as string,
    });

    await first.leave();
    expect(await isRunning(server)).toBe(true);
    // A user that was killed has left, too, and so has whoever has its number now.
    const record = await readRecord();
    const killed = { pid: process.pid, startedAt: 'long ago', id: 'killed' };
    await writeFile(recordFile(), JSON.stringify({ ...record, users: [...record.users, killed] }));
    await second.leave();
    expect(await isRunning(server)).toBe(false);
    expect(await findDevServer(folder)).toBeUndefined();
  });

  it('starts a crashed server again where its users know it, with everything it knew', async () => {
    const first = await joinServer();
    const before = await clusterIdAt(first.address);
    const crashed = await ownedServer();
    await stopBackgroundProcess(crashed, { graceMs: 0 });
    expect(await findDevServer(folder)).toBeUndefined();

    const second = await joinServer({ preferredPort: 7233 });
    expect(second.address).toBe(first.address);
    expect(second.uiUrl).toBe(first.uiUrl);
    expect(await clusterIdAt(second.address)).toBe(before);
    const server = await ownedServer();
    await first.leave();
    expect(await isRunning(server)).toBe(true);
    await second.leave();
    expect(await isRunning(server)).toBe(false);
  });

  it('starts one server when several processes come at once', async () => {
    const compiled = await compileSources('systems', 'domain', 'test/systems/temporal/fixtures');
    try {
      const script = join(compiled.root, 'test/systems/temporal/fixtures/join-and-wait.js');
      const users = [1, 2].map(() => execa(process.execPath, [script, folder, toolPath('temporal')]));
      const addresses = await Promise.all(
        users.map(
          (user) => new Promise<string>((resolve) => user.stdout.once('data', (line) => resolve(String(line)))),
        ),
      );
      expect(new Set(addresses).size).toBe(1);
      const { server, users: recorded } = await readRecord();
      expect(recorded.map(({ pid }) => pid).sort()).toEqual(users.map(({ pid }) => pid!).sort());

      for (const user of users) user.stdin.end();
      await Promise.all(users);
      expect(await isRunning(server)).toBe(false);
    } finally {
      await compiled.remove();
    }
  });

  it('takes another port when the preferred one is in use, but keeps to a given one', async () => {
    const { port, server } = await occupied();
    try {
      await expect(joinServer({ port })).rejects.toMatchObject({ type: 'PortInUse' });
      await expect(joinServer({ uiPort: port })).rejects.toMatchObject({ type: 'PortInUse' });
      expect(await recordExists()).toBe(false);
      const joined = await joinServer({ preferredPort: port });
      expect(joined.address).not.toBe(`127.0.0.1:${port}`);
      await joined.leave();
    } finally {
      server.close();
    }
  });

  it('names the database that is damaged, and leaves nothing behind', async () => {
    await writeFile(join(folder, 'temporal.db'), 'this is no database');
    await expect(joinServer()).rejects.toMatchObject({
      type: 'TemporalServerNotStarted',
      message: expect.stringContaining(`move ${join(folder, 'temporal.db')} away`) as string,
    });
    expect(await recordExists()).toBe(false);
  });

  it('names the log of a server that does not come up', async () => {
    await expect(joinServer({ temporalPath: '/bin/false' })).rejects.toMatchObject({
      type: 'TemporalServerNotStarted',
      message: expect.stringContaining(join(folder, 'temporal.log')) as string,
    });
  });

  it('can be given up while the server starts', async () => {
    const reason = new Error('interrupted');
    const controller = new AbortController();
    const joining = joinServer({
      signal: controller.signal,
      onProgress: () => setTimeout(() => controller.abort(reason), 50),
    });
    await expect(joining).rejects.toBe(reason);
    expect(await recordExists()).toBe(false);
  });

  it('says so when its record is damaged', async () => {
    await writeFile(recordFile(), '{"server":');
    await expect(joinServer()).rejects.toMatchObject({ type: 'CorruptedState' });
    await rm(recordFile());
  });

  it('gives two state folders that start at the same moment a server each', async () => {
    const other = await mkdtemp(join(tmpdir(), 'dev-server-'));
    const [preferredPort, preferredUiPort] = await findFreePorts(2);
    const wishes = { preferredPort, preferredUiPort };
    const [mine, theirs] = await Promise.all([joinServer(wishes), joinServer({ ...wishes, folder: other })]);
    try {
      expect(mine.address).not.toBe(theirs.address);
      expect(await clusterIdAt(mine.address)).not.toBe(await clusterIdAt(theirs.address));
    } finally {
      await Promise.all([mine.leave(), theirs.leave()]);
      await rm(other, { recursive: true, force: true });
    }
  });
});
