import { createServer, type IncomingMessage } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEngineApi, demultiplex, type EngineApi } from '../../../systems/docker/engine-api.js';

interface Call {
  readonly line: string;
  readonly body: string;
}

/** An engine that answers what it is told to, on a socket of its own. */
const engineWith = async (
  answers: Readonly<Record<string, { readonly status: number; readonly body?: string | Buffer }>>,
  mostBytes?: number,
): Promise<{ readonly api: EngineApi; readonly calls: readonly Call[] }> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-engine-'));
  const socket = join(folder, 'docker.sock');
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const line = `${request.method} ${request.url}`;
      calls.push({ line, body });
      const { status, body: answer } = answers[line] ?? { status: 500, body: 'unexpected' };
      response.writeHead(status).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });
  return { api: createEngineApi({ socket, ...(mostBytes !== undefined && { mostBytes }) }), calls };
};

const read = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
};

const frame = (output: 1 | 2, text: string): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt8(output, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

describe("the engine's own API", () => {
  it('does not take more of what a container printed than it is allowed', async () => {
    const logs = 'GET /containers/a-source-1/logs?stdout=1&stderr=1&tail=5';
    const { api } = await engineWith({ [logs]: { status: 200, body: frame(1, 'x'.repeat(2_000)) } }, 1_000);
    await expect(api.logs('a-source-1', 5)).rejects.toMatchObject({
      type: 'DockerFailed',
      message: expect.stringContaining('answered with more than 1,000 bytes: see what') as string,
    });
  });

  it('takes for done what was so already', async () => {
    const { api, calls } = await engineWith({
      'POST /containers/a-source-1/start': { status: 304 },
      'POST /containers/a-source-1/stop': { status: 304 },
      'POST /containers/a-source-1/kill?signal=SIGKILL': { status: 409, body: '{"message":"is not running"}' },
    });
    await api.start('a-source-1');
    await api.stop('a-source-1');
    await api.kill('a-source-1');
    expect(calls).toHaveLength(3);
  });

  it('answers how a container is, and undefined where there is none', async () => {
    const inspected = {
      Id: 'abc',
      Name: '/a-source-1',
      State: { Running: false, ExitCode: 137 },
      Config: { Image: 'openbao/openbao:2.7.2' },
      NetworkSettings: { Networks: { a_source: { IPAddress: '172.18.0.2' } } },
    };
    const { api } = await engineWith({
      'GET /containers/a-source-1/json': { status: 200, body: JSON.stringify(inspected) },
      'GET /containers/none/json': { status: 404, body: '{"message":"No such container: none"}' },
    });
    expect(await api.inspect('a-source-1')).toMatchObject({
      running: false,
      exitCode: 137,
      addresses: { a_source: '172.18.0.2' },
    });
    expect(await api.inspect('none')).toBeUndefined();
  });

  it('runs a command in a container and answers what it printed and how it ended', async () => {
    const { api, calls } = await engineWith({
      'POST /containers/a-target-1/exec': { status: 201, body: '{"Id":"e1"}' },
      'POST /exec/e1/start': { status: 200, body: Buffer.concat([frame(1, '{"sealed":'), frame(1, 'true}')]) },
      'GET /exec/e1/json': { status: 200, body: '{"ExitCode":2}' },
    });
    expect(await api.exec('a-target-1', ['bao', 'status'], { BAO_MAX_RETRIES: '0' })).toEqual({
      exitCode: 2,
      output: '{"sealed":true}',
    });
    expect(JSON.parse(calls[0]!.body)).toMatchObject({ Cmd: ['bao', 'status'], Env: ['BAO_MAX_RETRIES=0'] });
  });

  it('answers 126 for a command in a container that does not run just now', async () => {
    const { api } = await engineWith({
      'POST /containers/a-target-1/exec': { status: 409, body: '{"message":"Container abc is restarting"}' },
    });
    expect(await api.exec('a-target-1', ['bao'], {})).toMatchObject({ exitCode: 126 });
  });

  it('quotes the engine when it refuses, and says when there is none', async () => {
    const { api } = await engineWith({
      'POST /containers/a/start': { status: 500, body: '{"message":"driver failed"}' },
    });
    await expect(api.start('a')).rejects.toMatchObject({ type: 'DockerFailed' });
    const nobody = createEngineApi({ socket: join(tmpdir(), 'openbao-dr-no-engine.sock') });
    await expect(nobody.start('a')).rejects.toMatchObject({
      type: 'DockerUnreachable',
      retryable: true,
      message: 'The Docker engine does not answer through its socket: start it, and let this user use it.',
    });
  });
});

it('reads both outputs of a container in their order, and ignores a frame that was cut', () => {
  const body = Buffer.concat([frame(1, 'one '), frame(2, 'two'), Buffer.from([1, 0, 0])]);
  expect(demultiplex(body)).toBe('one two');
});
