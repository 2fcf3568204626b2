/**
 * The keeper: starts and stops the lane's own containers for a worker that is one of them, so that no worker needs the
 * engine's socket, which is as good as root. It knows the names of the lane's services and these calls, and nothing else:
 *
 *   GET  /health
 *   GET  /services/<service>                     how its container is
 *   POST /services/<service>/start|stop|kill
 *   POST /services/<server>/status               runs `bao status` in it; body: a question, or nothing
 *   GET  /services/<service>/logs?lines=<n>
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { z } from 'zod';
import { isKnownFailure } from '../../../../domain/known-failure.js';
import type { EngineApi } from '../../../../systems/docker/engine-api.js';
import { ended } from './compose-containers.js';
import { statusCommand, statusVariables } from './containers.js';
import { serverNames } from '../../made/names.js';
import { containerName, isLaneService, type LaneService } from '../names.js';

export interface KeeperOptions {
  readonly engine: EngineApi;
  readonly project: string;
}

export interface KeeperAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** An address of this kind and a name, and no word that could pass for another option. */
const question = z.strictObject({
  address: z.string().regex(/^https?:\/\/[a-z0-9.-]+:\d{1,5}$/),
  serverName: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/)
    .optional(),
});

export const createKeeper = (options: KeeperOptions): Server =>
  createServer((request, response) => {
    const reply = ({ status, body }: KeeperAnswer): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    };
    answer(options, request).then(reply, (error: unknown) =>
      reply(
        isKnownFailure(error)
          ? { status: 502, body: { type: error.type, sentence: error.message, retryable: error.retryable } }
          : { status: 500, body: { type: 'KeeperFailed', sentence: String(error), retryable: false } },
      ),
    );
  });

const answer = async ({ engine, project }: KeeperOptions, request: IncomingMessage): Promise<KeeperAnswer> => {
  const { method = '', url = '' } = request;
  const [path = '', query = ''] = url.split('?');
  if (method === 'GET' && path === '/health') return { status: 200, body: {} };
  const [, word, service = '', action, ...more] = path.split('/');
  if (word !== 'services' || !isLaneService(service) || more.length > 0) return { status: 404 };
  const name = containerName(project, service);

  if (method === 'GET' && action === undefined) {
    const container = await engine.inspect(name);
    if (container === undefined) return { status: 200, body: {} };
    const { running, exitCode, addresses } = container;
    return { status: 200, body: { state: { running, exitCode, addresses } } };
  }
  if (method === 'GET' && action === 'logs') {
    const lines = Number(new URLSearchParams(query).get('lines'));
    if (!Number.isInteger(lines) || lines < 1 || lines > 100_000) return { status: 400 };
    return { status: 200, body: { text: await engine.logs(name, lines) } };
  }
  if (method !== 'POST') return { status: 405 };
  switch (action) {
    case 'start':
      await engine.start(name);
      return { status: 200, body: {} };
    case 'stop':
      await engine.stop(name);
      return { status: 200, body: {} };
    case 'kill':
      await engine.kill(name);
      await ended(service, async () => (await engine.inspect(name))?.running !== true);
      return { status: 200, body: {} };
    case 'status': {
      const asked = await readQuestion(request);
      if (!isServer(service) || asked === undefined) return { status: 400 };
      return { status: 200, body: await engine.exec(name, statusCommand(asked.question), statusVariables) };
    }
    default:
      return { status: 404 };
  }
};

const isServer = (service: LaneService): boolean => serverNames.some((server) => server === service);

const longestQuestion = 1_000;

const readQuestion = async (
  request: IncomingMessage,
): Promise<{ question?: { address: string; serverName?: string } } | undefined> => {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > longestQuestion) return undefined;
  }
  if (text === '') return {};
  try {
    const { address, serverName } = question.parse(JSON.parse(text));
    return { question: { address, ...(serverName === undefined ? {} : { serverName }) } };
  } catch {
    return undefined;
  }
};
