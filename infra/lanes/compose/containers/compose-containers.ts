/** The lane's containers where this program makes them: by Docker Compose, from the file that people use, too. */
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { Compose } from '../../../../systems/docker/compose.js';
import type { Docker } from '../../../../systems/docker/docker.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { type LaneContainers, statusCommand, statusVariables } from './containers.js';
import { containerName, type LaneService } from '../names.js';

export interface ComposeContainersOptions {
  readonly project: string;
  readonly compose: Pick<Compose, 'up' | 'kill' | 'stop' | 'exec' | 'logs' | 'down'>;
  readonly docker: Pick<Docker, 'container'>;
}

export const createComposeContainers = ({ project, compose, docker }: ComposeContainersOptions): LaneContainers => {
  const find = (service: LaneService, signal?: AbortSignal) =>
    docker.container(containerName(project, service), signal === undefined ? {} : { signal });
  // Two calls at once would both make the networks that are missing.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const next = last.then(run, run);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    start: (services, signal) =>
      inTurn(async () => {
        const states = await Promise.all(
          services.map(async (service) => (await find(service, signal))?.running === true),
        );
        const missing = services.filter((_, index) => states[index] !== true);
        if (missing.length > 0) await compose.up(missing, { signal });
      }),
    async kill(service, signal) {
      if ((await find(service, signal))?.running !== true) return;
      await compose.kill(service, { signal });
      await ended(service, async () => (await find(service, signal))?.running !== true);
    },
    stop: (services, signal) => compose.stop(services, { signal }),
    async state(service, signal) {
      const container = await find(service, signal);
      if (container === undefined) return undefined;
      const { running, exitCode, addresses } = container;
      return { running, ...(exitCode === undefined ? {} : { exitCode }), addresses };
    },
    status: (server, question, signal) =>
      compose.exec(server, statusCommand(question), { variables: statusVariables, signal }),
    logs: (service, lines, signal) => compose.logs(service, lines, { signal }),
    remove: (signal) => compose.down({ signal }),
  };
};

/** Whoever has told the engine to kill waits for the engine to say that it is over. */
export const ended = async (service: LaneService, hasEnded: () => Promise<boolean>): Promise<void> => {
  await waitUntil(async () => ((await hasEnded()) ? true : undefined), {
    what: `the container of ${service} to end`,
    timeoutMs: 30_000,
    intervalMs: 25,
    failureType: 'ProcessNotStopped',
  });
};

export const missingContainer = (service: LaneService): KnownFailure =>
  new KnownFailure(
    'ContainerMissing',
    `The lane has no container ${service}: make it with "docker compose up", or take the lane down first`,
  );
