import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenBao, type OpenBao } from '../../../../systems/openbao/api/client.js';
import { socketEndpoint } from '../../../../systems/openbao/api/endpoint.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../../../support/servers/openbao-server.js';

let server: TestOpenBaoServer;
let openbao: OpenBao;
let shares: readonly string[];
let rootToken: string;

/** A server with a Shamir seal, which answers on a socket, too. */
const startShamir = (name: string) =>
  startOpenBaoServer(name, {
    initialize: false,
    configure: (folder, { listener }) => ({
      seal: undefined,
      listener: [...listener, { unix: { address: join(folder, 'api.sock') } }],
    }),
  });

const active = (asked: OpenBao) =>
  waitUntil(async () => ((await asked.health()).status === 200 ? true : undefined), { what: 'it', timeoutMs: 30_000 });

beforeAll(async () => {
  server = await startShamir('shamir');
  openbao = createOpenBao(socketEndpoint(join(server.folder, 'api.sock'), 'shamir'));
  ({ shares, rootToken } = await openbao.initialize({ secretShares: 3, secretThreshold: 2 }));
});
afterAll(() => server[Symbol.asyncDispose]());

describe('an OpenBao on a socket', () => {
  it('is opened by its shares, one by one', async () => {
    expect(shares).toHaveLength(3);
    expect(await openbao.sealStatus()).toMatchObject({ type: 'shamir', sealed: true, threshold: 2, progress: 0 });
    expect(await openbao.unseal(shares[0]!)).toMatchObject({ sealed: true, progress: 1 });
    expect(await openbao.forgetShares()).toMatchObject({ sealed: true, progress: 0 });
    await openbao.unseal(shares[2]!);
    expect(await openbao.unseal(shares[0]!)).toMatchObject({ sealed: false, threshold: 2 });
    await active(openbao);
  });

  it('shows no certificate', async () => {
    expect(await openbao.health()).toMatchObject({ status: 200, certificateSha256: '' });
  });

  it('gives a snapshot, and takes it back', async () => {
    const root = openbao.useToken(rootToken);
    await root.write('sys/mounts/secret', { type: 'kv' });
    const snapshot = await buffer(await root.downloadSnapshot());
    await root.write('secret/later', { value: 1 });
    await root.restoreSnapshot({ body: Readable.from([snapshot]), sizeBytes: snapshot.length });
    await waitUntil(async () => ((await root.read('secret/later').catch(() => 1)) === undefined ? true : undefined), {
      what: 'the later value to be gone',
      timeoutMs: 30_000,
    });
  });

  it('is away when nothing listens on the socket', async () => {
    const nowhere = createOpenBao(socketEndpoint(join(server.folder, 'none.sock'), 'nowhere'));
    await expect(nowhere.health()).rejects.toMatchObject({ type: 'OpenBaoUnreachable', retryable: true });
  });
});

describe('shares', () => {
  it.each([
    ['what is no share at all', ['not a share']],
    ['as many as are needed, of another cluster', 'other'],
  ])('are refused when they are %s, and never quoted', async (_, given) => {
    await using sealed = await startShamir('sealed');
    const own = await sealed.openbao.initialize({ secretShares: 2, secretThreshold: 2 });
    const wrong = given === 'other' ? [own.shares[0]!, shares[1]!] : given;
    const entering = (async () => {
      for (const share of wrong) await sealed.openbao.unseal(share);
    })();
    const failure = await entering.then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ type: 'SharesRefused', retryable: false });
    for (const share of wrong) expect(failure?.message).not.toContain(share);
    expect(await sealed.openbao.sealStatus()).toMatchObject({ sealed: true, progress: 0 });
  });
});
