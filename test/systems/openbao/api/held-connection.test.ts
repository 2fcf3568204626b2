import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HeldConnection, holdConnection } from '../../../../systems/openbao/api/held-connection.js';
import { createUser, startOpenBaoServer, type TestOpenBaoServer } from '../../../support/servers/openbao-server.js';

let server: TestOpenBaoServer;
let relay: Server;
let held: HeldConnection;
const passing: { readonly client: Socket; readonly backend: Socket }[] = [];
const login = { username: 'writer', password: 'a password' };

beforeAll(async () => {
  server = await startOpenBaoServer('held');
  await createUser(server, login.username, login.password, { 'cubbyhole/*': ['create', 'update'] });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Stands before OpenBao as an edge does, and counts the connections it passes on. */
beforeEach(async () => {
  passing.splice(0);
  relay = createServer((client) => {
    const backend = connect(Number(new URL(server.endpoint.address).port), '127.0.0.1');
    passing.push({ client, backend });
    for (const socket of [client, backend]) socket.on('error', () => undefined);
    client.pipe(backend).pipe(client);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as AddressInfo;
  held = holdConnection({ ...server.endpoint, address: `https://127.0.0.1:${port}` }, { timeoutMs: 2_000 });
});
afterEach(async () => {
  held.close();
  for (const { client, backend } of passing) {
    client.destroy();
    backend.destroy();
  }
  await new Promise((resolve) => relay.close(resolve));
});

const write = (path = 'cubbyhole/probe') => held.write(path, { when: 'now' });

describe('a held connection', () => {
  it('logs in and writes over one and the same connection', async () => {
    await held.logIn(login);
    expect(await write()).toEqual({ outcome: 'acknowledged' });
    expect(await write()).toEqual({ outcome: 'acknowledged' });
    expect(passing).toHaveLength(1);
  });

  it('tells a refusal, which came through, from a connection that is gone', async () => {
    await held.logIn(login);
    expect(await write('sys/mounts/other')).toEqual({ outcome: 'answered', status: 403 });
    expect(await write()).toEqual({ outcome: 'acknowledged' });
  });

  it('finds itself cut, and never opens another connection in its place', async () => {
    await held.logIn(login);
    passing[0]!.client.destroy();
    expect(await write()).toMatchObject({ outcome: 'cut' });
    expect(await write()).toEqual({ outcome: 'cut', code: 'ENOTCONN' });
    expect(passing).toHaveLength(1);
  });

  it('gives up a write that nobody answers', async () => {
    await held.logIn(login);
    passing[0]!.client.unpipe();
    expect(await write()).toEqual({ outcome: 'silent' });
    expect(await write()).toMatchObject({ outcome: 'cut' });
  });

  it('says which server refused a login, and nothing of the password', async () => {
    const refused = held.logIn({ ...login, password: 'wrong password' });
    await expect(refused).rejects.toMatchObject({ type: 'OpenBaoRequestFailed' });
    await expect(refused).rejects.not.toThrow(/wrong password/);
  });
});
