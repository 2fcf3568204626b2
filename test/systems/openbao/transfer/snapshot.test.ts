import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { createHash } from 'node:crypto';
import { createOpenBao, type OpenBaoEndpoint } from '../../../../systems/openbao/api/client.js';
import { createArchiveInspector } from '../../../../systems/openbao/snapshot/archive-inspector.js';
import { createDigestGate } from '../../../../systems/openbao/transfer/digest-gate.js';
import { createCertificateAuthority } from '../../../../systems/tls/certificate-authority.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import {
  createTransitSeal,
  createUser,
  startOpenBaoServer,
  type TestOpenBaoServer,
} from '../../../support/servers/openbao-server.js';

const SNAPSHOT = 'sys/storage/raft/snapshot';

let infra: TestOpenBaoServer;
let source: TestOpenBaoServer;
let target: TestOpenBaoServer;
/** Shares the source's key, so that OpenBao itself has to find what is wrong with a snapshot. */
let peer: TestOpenBaoServer;
let snapshot: Buffer;
let sourceId: string | undefined;

beforeAll(async () => {
  infra = await startOpenBaoServer('infra');
  const shared = await createTransitSeal(infra, 'shared');
  const other = await createTransitSeal(infra, 'other');
  [source, peer, target] = await Promise.all([
    startOpenBaoServer('source', { seal: shared }),
    startOpenBaoServer('peer', { seal: shared }),
    startOpenBaoServer('target', { seal: other }),
  ]);
  await createUser(source, 'backup', 'backup-password', { [SNAPSHOT]: ['read'] });
  for (const server of [peer, target]) await createUser(server, 'visitor', 'visitor-password');
  // Some state that fills more than one chunk of any stream on the way.
  await source.root.write('sys/mounts/secret', { type: 'kv' });
  await source.root.write('secret/filler', { filler: 'x'.repeat(700_000) });
  const backup = await source.openbao.login({ username: 'backup', password: 'backup-password' });
  snapshot = await buffer(await backup.downloadSnapshot());
  sourceId = (await source.openbao.health()).clusterId;
});

afterAll(async () => {
  for (const server of [source, peer, target, infra]) await server[Symbol.asyncDispose]();
});

/** In chunks, as from a network. */
const streamOf = (content: Buffer, chunkBytes = 60_000): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < content.length; at += chunkBytes) yield content.subarray(at, at + chunkBytes);
    })(),
    { objectMode: false },
  );

const restore = (server: TestOpenBaoServer, content: Buffer, sizeBytes = content.length) =>
  server.root.restoreSnapshot({ body: streamOf(content), sizeBytes });

/** What OpenBao logs before it replaces its data. */
const RESTORING = 'shutting down prior to restoring snapshot';

/** That it neither restores nor seals: its log says nothing of it, and it has its own users still. */
const expectUnharmed = async (server: TestOpenBaoServer) => {
  expect(await server.openbao.health()).toMatchObject({ status: 200, sealed: false });
  expect((await server.openbao.health()).clusterId).not.toBe(sourceId);
  expect(await readFile(server.logFile, 'utf8')).not.toContain(RESTORING);
  await (await server.openbao.login({ username: 'visitor', password: 'visitor-password' })).revokeSelf();
};

describe('a snapshot', () => {
  it('restores into another cluster that shares the seal key', async () => {
    await using twin = await startOpenBaoServer('twin', { seal: await createTransitSeal(infra, 'shared') });
    const gate = createDigestGate({
      sha256: createHash('sha256').update(snapshot).digest('hex'),
      sizeBytes: snapshot.length,
    });
    await twin.root.restoreSnapshot({ body: streamOf(snapshot).pipe(gate), sizeBytes: snapshot.length });
    await waitUntil(async () => ((await twin.openbao.health()).clusterId === sourceId ? true : undefined), {
      what: "the twin to answer with the source's cluster id",
      timeoutMs: 30_000,
    });
    expect(await readFile(twin.logFile, 'utf8')).toContain(RESTORING);
    const session = await twin.openbao.login({ username: 'backup', password: 'backup-password' });
    expect(await session.capabilities(SNAPSHOT)).toEqual(['read']);
  });

  it('is refused by a target on another seal key, which stays as it is', async () => {
    await expect(restore(target, snapshot)).rejects.toMatchObject({ type: 'SealMismatch', retryable: false });
    await expectUnharmed(target);
  });

  it.each([
    ['truncated', (whole: Buffer) => whole.subarray(0, Math.floor(whole.length / 2))],
    ['cut behind its last member', (whole: Buffer) => whole.subarray(0, whole.length - 1000)],
    ['not an archive', () => Buffer.from('not an archive')],
    [
      'damaged in one bit',
      (whole: Buffer) => {
        const damaged = Buffer.from(whole);
        const middle = Math.floor(damaged.length / 2);
        damaged[middle] = (damaged[middle] ?? 0) ^ 1;
        return damaged;
      },
    ],
  ])('is refused when it is %s, and the target stays as it is', async (_, spoil) => {
    await expect(restore(peer, spoil(snapshot))).rejects.toMatchObject({ type: 'SnapshotRefused', retryable: false });
    await expectUnharmed(peer);
  });

  it('is not submitted by an identity that may not restore', async () => {
    const visitor = await peer.openbao.login({ username: 'visitor', password: 'visitor-password' });
    const small = visitor.restoreSnapshot({ body: streamOf(Buffer.alloc(10)), sizeBytes: 10 });
    await expect(small).rejects.toMatchObject({ type: 'PermissionDenied', retryable: false });
  });

  it("is not submitted when its source fails, and the source's own error is what comes out", async () => {
    const failure = new Error('the bucket went away');
    const body = Readable.from(
      (async function* () {
        yield snapshot.subarray(0, 200_000);
        // OpenBao would restore this much: it never looks for an archive's last bytes.
        yield snapshot.subarray(200_000, snapshot.length - 1);
        throw failure;
      })(),
      { objectMode: false },
    );
    await expect(peer.root.restoreSnapshot({ body, sizeBytes: snapshot.length })).rejects.toBe(failure);
    await expectUnharmed(peer);
  });

  it.each([
    ['longer', -1],
    ['shorter', +1],
  ])('is not submitted when it is %s than recorded', async (_, difference) => {
    await expect(restore(peer, snapshot, snapshot.length + difference)).rejects.toMatchObject({
      type: 'SnapshotChanged',
      retryable: false,
    });
    await expectUnharmed(peer);
  });

  const oneBitOff = (content: Buffer, at: number): Buffer => {
    const changed = Buffer.from(content);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  };

  // OpenBao itself would restore the second: it never looks for an archive's last bytes.
  it.each([
    ['in its first bytes', 7],
    ['in its very last byte', -1],
  ])('is not submitted through the digest gate when it was changed %s', async (_, at) => {
    const expected = { sha256: createHash('sha256').update(snapshot).digest('hex'), sizeBytes: snapshot.length };
    const gate = createDigestGate(expected);
    const changed = oneBitOff(snapshot, at < 0 ? snapshot.length + at : at);
    pipeline(streamOf(changed), gate).catch(() => undefined);
    await expect(peer.root.restoreSnapshot({ body: gate, sizeBytes: snapshot.length })).rejects.toMatchObject({
      type: expect.stringMatching(at < 0 ? /^SnapshotChanged$/ : /^Snapshot(Changed|Refused)$/) as string,
    });
    await expectUnharmed(peer);
  });

  it("may be submitted again when it took longer than the target's listener reads a request", async () => {
    await using hasty = await startOpenBaoServer('hasty', { seal: await createTransitSeal(infra, 'shared') });
    await createUser(hasty, 'visitor', 'visitor-password');
    await hasty.stop();
    const config = join(dirname(hasty.logFile), 'config.json');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('"http_read_timeout": "2h"', '"http_read_timeout": "2s"'));
    await hasty.start();
    await waitUntil(async () => ((await hasty.openbao.health()).status === 200 ? true : undefined), {
      what: 'the server to be active',
      timeoutMs: 30_000,
    });
    const body = Readable.from(
      (async function* () {
        yield snapshot.subarray(0, 200_000);
        await delay(3_000);
        yield snapshot.subarray(200_000);
      })(),
      { objectMode: false },
    );
    await expect(hasty.root.restoreSnapshot({ body, sizeBytes: snapshot.length })).rejects.toMatchObject({
      type: 'RestoreNotSubmitted',
      retryable: true,
      message: expect.stringContaining('http_read_timeout') as string,
    });
    await expectUnharmed(hasty);
  });

  it('is not submitted when the call is cancelled before its source has ended', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const body = new PassThrough();
    body.write(snapshot.subarray(0, snapshot.length - 1), () => controller.abort(reason));
    const { signal } = controller;
    await expect(peer.root.restoreSnapshot({ body, sizeBytes: snapshot.length, signal })).rejects.toBe(reason);
    expect(body.destroyed).toBe(true);
    await expectUnharmed(peer);
  });

  it('may be submitted again when the target could not be reached', async () => {
    const nowhere = createOpenBao({ ...peer.endpoint, address: 'https://127.0.0.1:1' }).useToken('a-token');
    await expect(
      nowhere.restoreSnapshot({ body: streamOf(snapshot), sizeBytes: snapshot.length }),
    ).rejects.toMatchObject({
      type: 'RestoreNotSubmitted',
      retryable: true,
    });
  });

  it('is never sent to a server that does not prove itself', async () => {
    const wrongCa = createOpenBao({ ...peer.endpoint, caPem: source.endpoint.caPem }).useToken('a-token');
    await expect(
      wrongCa.restoreSnapshot({ body: streamOf(snapshot), sizeBytes: snapshot.length }),
    ).rejects.toMatchObject({
      type: 'OpenBaoCertificateRefused',
    });
  });
});

/** Servers that break connections at moments a real OpenBao cannot be made to. */
describe('a connection that breaks', () => {
  const startBreaker = async (onRequest: Parameters<typeof createServer>[1]) => {
    const authority = await createCertificateAuthority({ commonName: 'breaker CA', validDays: 1 });
    const names = { commonName: 'breaker', dnsNames: ['breaker.example.com'], ipAddresses: [], validDays: 1 };
    const { certificatePem, keyPem } = await authority.issue(names);
    const breaker = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
      // An upload asks first whether it reaches the active node.
      if (request.url !== '/v1/sys/health') return onRequest?.(request, response);
      response.end(JSON.stringify({ initialized: true, sealed: false, standby: false }));
    });
    await new Promise<void>((resolve) => breaker.listen(0, '127.0.0.1', resolve));
    const endpoint: OpenBaoEndpoint = {
      address: `https://127.0.0.1:${(breaker.address() as AddressInfo).port}`,
      serverName: 'breaker.example.com',
      caPem: authority.certificatePem,
    };
    return {
      session: createOpenBao(endpoint, { stallTimeoutMs: 500 }).useToken('a-token'),
      [Symbol.asyncDispose]: async () => {
        breaker.closeAllConnections();
        await new Promise((resolve) => breaker.close(resolve));
      },
    };
  };
  const megabytes = Buffer.alloc(20_000_000, 'x');

  it('before the whole snapshot was sent means that it was not submitted', async () => {
    await using breaker = await startBreaker((request) => request.once('data', () => request.socket.destroy()));
    const submitting = breaker.session.restoreSnapshot({ body: streamOf(megabytes), sizeBytes: megabytes.length });
    await expect(submitting).rejects.toMatchObject({ type: 'RestoreNotSubmitted', retryable: true });
  });

  it('is what a changed snapshot meets as well: its tail is never sent', async () => {
    let receivedBytes = 0;
    await using breaker = await startBreaker((request) => {
      request.on('data', (chunk: Buffer) => (receivedBytes += chunk.length)).on('error', () => undefined);
    });
    const gate = createDigestGate({ sha256: '0'.repeat(64), sizeBytes: megabytes.length });
    pipeline(streamOf(megabytes), gate).catch(() => undefined);
    const submitting = breaker.session.restoreSnapshot({ body: gate, sizeBytes: megabytes.length });
    await expect(submitting).rejects.toMatchObject({ type: 'SnapshotChanged', retryable: false });
    expect(receivedBytes).toBeLessThanOrEqual(megabytes.length - 64 * 1024);
  });

  it('after the whole snapshot was sent leaves the outcome unknown', async () => {
    await using breaker = await startBreaker((request) => request.resume().once('end', () => request.socket.destroy()));
    const submitting = breaker.session.restoreSnapshot({ body: streamOf(snapshot), sizeBytes: snapshot.length });
    await expect(submitting).rejects.toMatchObject({ type: 'RestoreOutcomeUnknown', retryable: false });
  });

  it('is not needed: silence after the whole snapshot leaves the outcome unknown as well', async () => {
    await using breaker = await startBreaker((request) => void request.resume());
    const submitting = breaker.session.restoreSnapshot({ body: streamOf(snapshot), sizeBytes: snapshot.length });
    await expect(submitting).rejects.toMatchObject({ type: 'RestoreOutcomeUnknown' });
  });

  it("leaves the outcome unknown when an answer is an edge's and not OpenBao's", async () => {
    await using breaker = await startBreaker((request, response) =>
      request.resume().once('end', () => response.writeHead(502).end('bad gateway')),
    );
    const submitting = breaker.session.restoreSnapshot({ body: streamOf(snapshot), sizeBytes: snapshot.length });
    await expect(submitting).rejects.toMatchObject({ type: 'RestoreOutcomeUnknown' });
  });

  it('sends one snapshot once: a restore is never repeated by itself', async () => {
    let requests = 0;
    await using breaker = await startBreaker((request) => {
      requests += 1;
      request.resume().once('end', () => request.socket.destroy());
    });
    await breaker.session
      .restoreSnapshot({ body: streamOf(snapshot), sizeBytes: snapshot.length })
      .catch(() => undefined);
    expect(requests).toBe(1);
  });

  it('during a download errors the stream', async () => {
    await using breaker = await startBreaker((_, response) => {
      response.writeHead(200).write(snapshot.subarray(0, 100_000), () => response.destroy());
    });
    const download = buffer(await breaker.session.downloadSnapshot());
    await expect(download).rejects.toMatchObject({ type: 'SnapshotInterrupted', retryable: true });
  });

  it('is ours to make: a download that is given up unread closes its connection', async () => {
    let closed!: () => void;
    const closing = new Promise<void>((resolve) => (closed = resolve));
    await using breaker = await startBreaker((_, response) => {
      response.once('close', closed).writeHead(200).write(snapshot);
    });
    (await breaker.session.downloadSnapshot()).destroy();
    await closing;
  });
});

describe('an inspected download', () => {
  it('passes a real snapshot on unchanged and says what it is', async () => {
    const { stream, result } = createArchiveInspector();
    const body = await source.root.downloadSnapshot();
    const passed: Buffer[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        passed.push(chunk);
        done();
      },
    });
    await pipeline(body, stream, sink);
    const summary = await result;
    expect(summary.index).toBeGreaterThan(0);
    expect(summary.term).toBeGreaterThan(0);
    expect(summary.stateSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(summary.members.map(({ name }) => name).sort()).toEqual([
      'SHA256SUMS',
      'SHA256SUMS.sealed',
      'meta.json',
      'state.bin',
    ]);
    expect(Buffer.concat(passed).length).toBeGreaterThan(700_000);
  });
});

it('leaves targets that took nothing as they were, long after', async () => {
  await expectUnharmed(peer);
  await expectUnharmed(target);
});
