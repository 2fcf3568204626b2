import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observeSealed } from '../../../infra/room/sealed/observe-sealed.js';
import type { SealStanza } from '../../../systems/openbao/seal/stanza/seal-stanza.js';
import {
  createTransitSeal,
  startOpenBaoServer,
  type TestOpenBaoServer,
  type TestTransitSeal,
} from '../../support/servers/openbao-server.js';
import { open, roomsFolder, transitStanza } from './clusters.js';

let infra: TestOpenBaoServer;
let key: TestTransitSeal;
let seal: SealStanza;
const bucket = createServer((socket) => socket.destroy());
let port: number;
beforeAll(async () => {
  infra = await startOpenBaoServer('infra');
  key = await createTransitSeal(infra, 'shared');
  await new Promise<void>((resolve) => bucket.listen(0, '127.0.0.1', resolve));
  ({ port } = bucket.address() as { port: number });
});
afterAll(async () => {
  bucket.close();
  await infra[Symbol.asyncDispose]();
});
const request = async () => {
  seal = await transitStanza(key, await roomsFolder());
  return { seal, secrets: { token: key.token } };
};

it('is sealed: from inside nothing is reached but the seal', async () => {
  const room = await open(await request());
  const before = room.relayed();
  const { passed, observed } = await observeSealed(room, [
    { host: '127.0.0.1', port },
    { host: 'localhost', port },
  ]);
  expect(observed).toBe(
    `refused: the host's loopback, a socket in the host's files, the bucket's 127.0.0.1:${port}, the bucket's localhost:${port}, the public 1.1.1.1, ` +
      `the public 2606:4700:4700::1111, DNS; reached: the seal's 127.0.0.1:${new URL(infra.endpoint.address).port}`,
  );
  expect(passed).toBe(true);
  expect(room.relayed()).toBe(before + 1);
});

it('is caught with a hole: what is reached is named', async () => {
  const room = await open({ ...(await request()), kind: 'open' });
  const { passed, observed } = await observeSealed(room, [{ host: '127.0.0.1', port }]);
  expect(passed).toBe(false);
  expect(observed).toContain('the networks of the room: ');
  expect(observed).toContain("the host's loopback was reached");
  expect(observed).toContain("a socket in the host's files was reached");
  expect(observed).toContain(`the bucket's 127.0.0.1:${port} was reached`);
});

it('does not pass when its relay leads nowhere: a room in which nothing works is not taken for a sealed one', async () => {
  const own = await startOpenBaoServer('own');
  const room = await open(await request());
  await own[Symbol.asyncDispose]();
  const elsewhere = {
    ...room,
    seal: { ...room.seal, attributes: { ...room.seal.attributes, address: own.endpoint.address } },
  };
  expect(await observeSealed(elsewhere)).toMatchObject({
    passed: false,
    observed: `the seal's ${new URL(own.endpoint.address).host} was neither reached nor refused (ECONNREFUSED)`,
  });
});
