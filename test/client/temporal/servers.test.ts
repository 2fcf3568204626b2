import { createServer } from 'node:net';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRunningServer, findServer, requireServer } from '../../../client/temporal/servers.js';
import { openStateFolder, type StateFolder } from '../../../infra/state/state-folder.js';
import { findDevServer, joinDevServer } from '../../../systems/temporal/dev-server.js';
import { toolPath } from '../../support/tools.js';
import { createTestContext, temporaryFolder, type } from '../test-context.js';

/** Which Temporal server a command talks to: never one by accident, and never another than was named. */
describe('the Temporal server of a command', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stateFolder: StateFolder;
  const OPENBAO_DR_TEMPORAL = toolPath('temporal');
  const environment = () => ({ OPENBAO_DR_STATE: stateFolder.root, OPENBAO_DR_TEMPORAL });
  /** Nothing listens on port 1. */
  const away = () => ({ ...environment(), TEMPORAL_ADDRESS: '127.0.0.1:1' });

  beforeEach(async () => {
    folder = await temporaryFolder();
    stateFolder = await openStateFolder(join(folder.path, 'state'));
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it.each([
    [['drill', '--approve-as', 'ann']],
    [['status']],
    [['watch']],
    [['list']],
    [['approve', 'local', '--as', 'ann']],
  ])('is never replaced when it is named and does not answer: %j ends with 2', async (args) => {
    const { exitCode, stderr } = await type(args, { environment: away() });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('No Temporal server answers at 127.0.0.1:1, which the settings name: start it');
    expect(await readdir(stateFolder.temporal)).toEqual([]);
  });

  it('is never replaced when a profile names it', async () => {
    const config = join(folder.path, 'temporal.toml');
    await writeFile(config, '[profile.default]\naddress = "127.0.0.1:1"\n');
    const { exitCode, stderr } = await type(['status'], {
      environment: { ...environment(), TEMPORAL_CONFIG_FILE: config },
    });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('127.0.0.1:1') as string,
    });
  });

  it('is not the one that happens to listen where Temporal usually does', async () => {
    let spokenTo = 0;
    const stranger = createServer((socket) => {
      spokenTo += 1;
      socket.destroy();
    });
    // Where something else listens there already, that is the stranger.
    await new Promise<void>((resolve) => {
      stranger.once('error', () => resolve());
      stranger.listen(7233, '127.0.0.1', resolve);
    });
    try {
      const context = createTestContext({ environment: environment() });
      expect(await findServer(context, { stateFolder })).toBeUndefined();
      expect(spokenTo).toBe(0);
      await expect(requireServer(context, { stateFolder })).rejects.toMatchObject({
        type: 'NoTemporalServer',
        message: expect.stringContaining('name it with TEMPORAL_ADDRESS=127.0.0.1:7233') as string,
      });
    } finally {
      stranger.close();
    }
  });

  it('is the state folder’s own, started again for a look where it has run before, and stopped after it', async () => {
    await mkdir(stateFolder.temporal, { recursive: true });
    const first = await joinDevServer({ folder: stateFolder.temporal, temporalPath: OPENBAO_DR_TEMPORAL });
    await first.leave();
    const context = createTestContext({ environment: environment() });
    expect(await findRunningServer(context, { stateFolder })).toBeUndefined();
    const server = await findServer(context, { stateFolder });
    expect(server).toMatchObject({ own: true });
    expect(await findDevServer(stateFolder.temporal)).toMatchObject({ address: server!.settings.address });
    await server!.close();
    expect(await findDevServer(stateFolder.temporal)).toBeUndefined();
    expect(context.stderr.text()).toContain('Starting the Temporal server at ');
  });
});
