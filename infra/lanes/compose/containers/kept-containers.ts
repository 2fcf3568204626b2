/** The lane's containers for a worker that is one of them: it asks the keeper. It makes none, and removes none. */
import { z } from 'zod';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { errorCode } from '../../../../systems/files/storage-failure.js';
import { missingContainer } from './compose-containers.js';
import type { LaneContainers } from './containers.js';
import { laneServices, type LaneService } from '../names.js';

const stateAnswer = z.object({
  state: z
    .object({
      running: z.boolean(),
      exitCode: z.number().optional(),
      addresses: z.record(z.string(), z.string()),
    })
    .optional(),
});
const statusAnswer = z.object({ exitCode: z.number(), output: z.string() });
const logsAnswer = z.object({ text: z.string() });
const failure = z.object({ type: z.string(), sentence: z.string(), retryable: z.boolean() });

/** Killing waits until the program has ended. */
const answerTimeoutMs = 90_000;

/** @param keeper its address, like `http://keeper:7070`. */
export const createKeptContainers = (keeper: string): LaneContainers => {
  const ask = async (method: 'GET' | 'POST', path: string, signal?: AbortSignal, body?: object): Promise<unknown> => {
    const limit = AbortSignal.timeout(answerTimeoutMs);
    let answer: Response;
    try {
      answer = await fetch(`${keeper}/services/${path}`, {
        method,
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(keeper, error);
    }
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as unknown;
    const told = failure.safeParse(text === '' ? undefined : JSON.parse(text));
    if (!told.success)
      throw new KnownFailure('KeeperFailed', `The keeper refused ${method} ${path} with ${answer.status}`);
    throw new KnownFailure(told.data.type, told.data.sentence, { retryable: told.data.retryable });
  };
  const state: LaneContainers['state'] = async (service, signal) => {
    const { state: found } = stateAnswer.parse(await ask('GET', service, signal));
    if (found === undefined) return undefined;
    const { exitCode, ...rest } = found;
    return exitCode === undefined ? rest : { ...rest, exitCode };
  };
  const each = async (services: readonly LaneService[], action: string, signal?: AbortSignal): Promise<void> => {
    await Promise.all(
      services.map(async (service) => {
        if ((await state(service, signal)) === undefined) throw missingContainer(service);
        await ask('POST', `${service}/${action}`, signal);
      }),
    );
  };
  return {
    start: (services, signal) => each(services, 'start', signal),
    kill: (service, signal) => each([service], 'kill', signal),
    stop: (services, signal) => each(services, 'stop', signal),
    state,
    status: async (server, question, signal) =>
      statusAnswer.parse(await ask('POST', `${server}/status`, signal, question)),
    logs: async (service, lines, signal) =>
      logsAnswer.parse(await ask('GET', `${service}/logs?lines=${lines}`, signal)).text,
    remove: (signal) => each(laneServices, 'stop', signal),
  };
};

const unreachable = (keeper: string, cause: unknown): KnownFailure =>
  new KnownFailure('DockerUnreachable', `The keeper does not answer at ${keeper}: is its container running?`, {
    retryable: true,
    facts: { code: errorCode(cause) ?? errorCode((cause as { cause?: unknown } | undefined)?.cause) },
    cause,
  });
