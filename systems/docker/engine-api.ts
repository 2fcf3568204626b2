/** The container engine's own API over its socket: the few calls that starting and stopping containers takes. */
import { request } from 'node:http';
import { KnownFailure } from '../../domain/known-failure.js';
import { readAtMost, TooLarge } from '../streams/read-at-most.js';
import { errorCode } from '../files/storage-failure.js';
import { containerOf, type DockerContainer } from './docker.js';

export interface EngineApiOptions {
  readonly socket: string;
  /** Limit for one call. Default: 60000. */
  readonly timeoutMs?: number;
  /** The largest answer, because a container may print anything. Default: 64 Mi. */
  readonly mostBytes?: number;
}

/** The exit code of the program that ran in a container. */
export interface EngineExec {
  readonly exitCode: number;
  /** Both outputs, in order. */
  readonly output: string;
}

/** Every method may throw KnownFailure `DockerUnreachable` (a retry may help) and `DockerFailed`, which quotes the engine. */
export interface EngineApi {
  /** Returns undefined if the container is missing. */
  inspect(name: string): Promise<DockerContainer | undefined>;
  /** A running container is fine. */
  start(name: string): Promise<void>;
  /** A stopped container is fine. */
  kill(name: string): Promise<void>;
  /** Ends it in good order, or else at once. A stopped container is fine. */
  stop(name: string): Promise<void>;
  /** In a container that does not run, the command ends with 126. */
  exec(name: string, command: readonly string[], variables: Readonly<Record<string, string>>): Promise<EngineExec>;
  /** The last lines of both outputs. */
  logs(name: string, lines: number): Promise<string>;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export const createEngineApi = ({
  socket,
  timeoutMs = 60_000,
  mostBytes = 64 * 1024 * 1024,
}: EngineApiOptions): EngineApi => {
  const ask = (method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = text === undefined ? {} : { 'content-type': 'application/json' };
      // The engine answers the newest API it has to a path without a version.
      const call = request({ socketPath: socket, method, path, headers, timeout: timeoutMs }, (response) => {
        const status = response.statusCode ?? 0;
        readAtMost(response, mostBytes).then(
          (read) => resolve({ status, body: read }),
          (error: unknown) => reject(error instanceof TooLarge ? tooLarge(error) : unreachable(error)),
        );
      });
      call.on('timeout', () => call.destroy(new Error('no answer in time')));
      call.on('error', (error) => reject(unreachable(error)));
      call.end(text);
    });
  const expect = async (
    method: 'GET' | 'POST',
    path: string,
    allowed: readonly number[],
    body?: object,
  ): Promise<Answer> => {
    const answer = await ask(method, path, body);
    if (allowed.includes(answer.status)) return answer;
    throw failed(answer);
  };
  const of = (name: string): string => `/containers/${encodeURIComponent(name)}`;

  return {
    async inspect(name) {
      const answer = await expect('GET', `${of(name)}/json`, [200, 404]);
      return answer.status === 404 ? undefined : containerOf(parsed(answer));
    },
    async start(name) {
      await expect('POST', `${of(name)}/start`, [204, 304]);
    },
    async kill(name) {
      // 409: it does not run.
      await expect('POST', `${of(name)}/kill?signal=SIGKILL`, [204, 409]);
    },
    async stop(name) {
      await expect('POST', `${of(name)}/stop`, [204, 304]);
    },
    async exec(name, command, variables) {
      const created = await expect('POST', `${of(name)}/exec`, [201, 409], {
        AttachStdout: true,
        AttachStderr: true,
        Cmd: command,
        Env: Object.entries(variables).map(([key, value]) => `${key}=${value}`),
      });
      // It does not run just now.
      if (created.status === 409) return { exitCode: 126, output: created.body.toString('utf8') };
      const { Id: id } = parsed(created) as { Id: string };
      const { body } = await expect('POST', `/exec/${id}/start`, [200], { Detach: false, Tty: false });
      const ended = parsed(await expect('GET', `/exec/${id}/json`, [200])) as { ExitCode: number | null };
      return { exitCode: ended.ExitCode ?? -1, output: demultiplex(body) };
    },
    async logs(name, lines) {
      const { body } = await expect('GET', `${of(name)}/logs?stdout=1&stderr=1&tail=${lines}`, [200, 404]);
      return demultiplex(body);
    },
  };
};

/**
 * The engine's frames of two outputs: a byte that names the output, three of nothing, four of length, then the text.
 *
 * Format: https://docs.docker.com/reference/api/engine/ (ContainerAttach, "Stream format")
 */
export const demultiplex = (body: Buffer): string => {
  const texts: Buffer[] = [];
  let at = 0;
  while (at + 8 <= body.length) {
    const length = body.readUInt32BE(at + 4);
    texts.push(body.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(texts).toString('utf8');
};

const parsed = ({ body }: Answer): Record<string, unknown> =>
  JSON.parse(body.toString('utf8')) as Record<string, unknown>;

const failed = ({ status, body }: Answer): KnownFailure => {
  const said = body.toString('utf8').replace(/\s+/g, ' ').slice(0, 300);
  return new KnownFailure('DockerFailed', `The container engine refused: ${said}`, { facts: { status } });
};

const tooLarge = ({ message }: TooLarge): KnownFailure =>
  new KnownFailure(
    'DockerFailed',
    `The container engine answered with ${message}: see what the container prints with \`docker logs\`.`,
  );

const unreachable = (error: unknown): KnownFailure =>
  new KnownFailure(
    'DockerUnreachable',
    'The Docker engine does not answer through its socket: start it, and let this user use it.',
    {
      retryable: true,
      facts: { code: errorCode(error) },
      cause: error,
    },
  );
