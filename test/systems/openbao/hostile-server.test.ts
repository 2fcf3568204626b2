/** A fake that says so: nothing that calls itself OpenBao may fill this process's memory or keep it for ever. */
import { Readable } from 'node:stream';
import type { RequestListener, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createOpenBao, type OpenBao } from '../../../systems/openbao/api/client.js';
import { holdConnection } from '../../../systems/openbao/api/held-connection.js';
import { startImpostor } from '../../support/servers/impostor.js';

const timeoutMs = 700;
/** What any of it may take, on a busy machine: every limit is far below. */
const mostMs = 12_000;

/** Begins an answer and never ends it, as fast as it is read. */
const endless = (response: ServerResponse, status: number, begin: string, chunk: string): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.on('error', () => undefined);
  Readable.from(
    (function* () {
      yield begin;
      for (;;) yield chunk;
    })(),
  )
    .on('error', () => undefined)
    .pipe(response);
};

const drip = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 100);
  response.on('close', () => clearInterval(timer));
};

const text = 'x'.repeat(256 * 1024);
const deep = '['.repeat(2_000_000);
const answers: Readonly<Record<string, RequestListener>> = {
  silence: () => undefined,
  'a byte now and then': (_, response) => drip(response, 200),
  'a byte of a refusal now and then': (_, response) => drip(response, 400),
  'an endless answer': (_, response) => endless(response, 200, '{"data":{"a":"', text),
  'an endless refusal': (_, response) => endless(response, 400, '{"errors":["', text),
  'an endless list of errors': (_, response) => endless(response, 500, '{"errors":["x"', ',"x"'.repeat(50_000)),
  'JSON two million levels deep': (_, response) => void response.end(`{"data":${deep}${']'.repeat(deep.length)}}`),
  'a refusal two million levels deep': (_, response) =>
    void response.writeHead(400).end(`{"errors":${deep}${']'.repeat(deep.length)}}`),
  'another protocol': (request) =>
    void request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  'an endless head': (request) => {
    const { socket } = request;
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket.write(`x-${Math.random()}: ${'y'.repeat(1_000)}\r\n`), 5);
    socket.on('close', () => clearInterval(timer));
  },
};

/** With 200 any bytes are the beginning of a snapshot: the archive inspector judges them. */
const takesForSnapshot = ['a byte now and then', 'an endless answer', 'JSON two million levels deep'];

/** As a real active node, so that what is tried goes on to its own request. */
const healthy =
  (listener: RequestListener): RequestListener =>
  (request, response) =>
    request.url === '/v1/sys/health'
      ? void response.end('{"initialized":true,"sealed":false,"standby":false}')
      : listener(request, response);

const open = (endpoint: Parameters<typeof createOpenBao>[0]): OpenBao =>
  createOpenBao(endpoint, { timeoutMs, stallTimeoutMs: 2_000 });

/** How it failed, once it has; what hangs fails the test. */
const typeOf = async (call: Promise<unknown>): Promise<string> => {
  const before = process.memoryUsage().arrayBuffers;
  const outcome = await call.then(
    () => 'answered',
    (error: { readonly type?: string }) => error.type ?? 'another failure',
  );
  // 64 MiB of an answer, and as much while it is put together.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 1024 * 1024);
  return outcome;
};

/** What it is named; where a limit of time or of size may come first, either. */
const nameOf = (name: string): RegExp => {
  if (name.includes('deep')) return /^OpenBaoAnswerRefused$/;
  if (name.startsWith('an endless') && name !== 'an endless head') return /^OpenBao(AnswerRefused|Unreachable)$/;
  return /^OpenBaoUnreachable$/;
};

describe.each(Object.entries(answers))('a server that answers with %s', (name, listener) => {
  it('costs a call of the API its limit, and is named', { timeout: mostMs }, async () => {
    await using impostor = await startImpostor(listener);
    const session = open(impostor.endpoint).useToken('a-token');
    expect(await typeOf(session.read('secret/data/x'))).toMatch(nameOf(name));
  });

  it('costs a look at its health no more', { timeout: mostMs }, async () => {
    await using impostor = await startImpostor(listener);
    expect(await typeOf(open(impostor.endpoint).health())).toMatch(nameOf(name));
  });

  it('costs a held connection no more', { timeout: mostMs }, async () => {
    await using impostor = await startImpostor(listener);
    const held = holdConnection(impostor.endpoint, { timeoutMs });
    try {
      expect((await held.write('cubbyhole/x', {})).outcome).toMatch(/^(silent|cut)$/);
    } finally {
      held.close();
    }
  });

  it('is no node that a snapshot could be sent to', { timeout: mostMs }, async () => {
    await using impostor = await startImpostor(listener);
    const session = open(impostor.endpoint).useToken('a-token');
    const restore = session.restoreSnapshot({ body: Readable.from([Buffer.alloc(1024)]), sizeBytes: 1024 });
    expect(await typeOf(restore)).toMatch(/^(RestoreNotSubmitted|OpenBaoAnswerRefused)$/);
  });

  it('ends the wait for a restore, whose outcome then is unknown or refused', { timeout: mostMs }, async () => {
    await using impostor = await startImpostor(
      healthy((request, response) => {
        request.resume().on('end', () => listener(request, response));
      }),
    );
    const session = open(impostor.endpoint).useToken('a-token');
    const restore = session.restoreSnapshot({ body: Readable.from([Buffer.alloc(1024)]), sizeBytes: 1024 });
    expect(await typeOf(restore)).toMatch(/^(answered|RestoreOutcomeUnknown|OpenBaoRequestFailed|OpenBaoUnavailable)$/);
  });

  it.skipIf(takesForSnapshot.includes(name))('is no source of a snapshot', { timeout: mostMs }, async () => {
    await using impostor = await startImpostor(healthy(listener));
    const session = open(impostor.endpoint).useToken('a-token');
    expect(await typeOf(session.downloadSnapshot())).toMatch(nameOf(name));
  });
});
