import { describe, expect, it, onTestFinished } from 'vitest';
import { KnownFailure } from '../../../../../domain/known-failure.js';
import { createKeeper } from '../../../../../infra/lanes/compose/containers/keeper.js';
import { createKeptContainers } from '../../../../../infra/lanes/compose/containers/kept-containers.js';
import type { EngineApi } from '../../../../../systems/docker/engine-api.js';

/** A keeper over an engine that writes down what it is asked. */
const keeperOver = async (engine: Partial<EngineApi> = {}) => {
  const asked: string[] = [];
  const note =
    (what: string) =>
    async (name: string): Promise<void> => {
      asked.push(`${what} ${name}`);
    };
  const keeper = createKeeper({
    project: 'lab',
    engine: {
      inspect: async () => ({
        id: '1',
        name: '',
        image: '',
        running: false,
        exitCode: 137,
        labels: {},
        addresses: { lab_target: '10.0.0.2' },
      }),
      start: note('start'),
      stop: note('stop'),
      kill: note('kill'),
      exec: async (name, command) => {
        asked.push(`${name}: ${command.join(' ')}`);
        return { exitCode: 0, output: '{}' };
      },
      logs: async (name, lines) => `${lines} lines of ${name}`,
      ...engine,
    },
  });
  await new Promise<void>((resolve) => keeper.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    keeper.close();
    keeper.closeAllConnections();
  });
  const { port } = keeper.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  return { asked, url, containers: createKeptContainers(url) };
};

describe('the keeper', () => {
  it("starts, stops and kills the lane's containers for whoever asks", async () => {
    const { asked, containers } = await keeperOver();
    await containers.start(['source', 'edge-source']);
    await containers.stop(['target']);
    await containers.kill('edge-target');
    expect(asked.sort()).toEqual([
      'kill lab-edge-target-1',
      'start lab-edge-source-1',
      'start lab-source-1',
      'stop lab-target-1',
    ]);
  });

  it('tells how a container is, what it printed, and what its server says', async () => {
    const { asked, containers } = await keeperOver();
    expect(await containers.state('target')).toEqual({
      running: false,
      exitCode: 137,
      addresses: { lab_target: '10.0.0.2' },
    });
    expect(await containers.logs('storage', 20)).toBe('20 lines of lab-storage-1');
    await containers.status('target');
    await containers.status('target', { address: 'https://10.0.0.9:8200', serverName: 'a.example.com' });
    expect(asked).toEqual([
      'lab-target-1: bao status -format=json',
      'lab-target-1: bao status -format=json -address=https://10.0.0.9:8200 -tls-skip-verify -tls-server-name=a.example.com',
    ]);
  });

  it('touches nothing that is not of the lane, and runs nothing but that status', async () => {
    const { asked, url } = await keeperOver();
    const statusOf = async (path: string, init: RequestInit = {}): Promise<number> =>
      (await fetch(`${url}${path}`, init)).status;
    const post = (path: string, body?: string): Promise<number> =>
      statusOf(path, { method: 'POST', ...(body !== undefined && { body }) });
    expect(await post('/services/keeper/stop')).toBe(404);
    expect(await post('/services/worker/kill')).toBe(404);
    expect(await post('/services/..%2fother/start')).toBe(404);
    expect(await post('/services/source/exec', '{"command":["sh"]}')).toBe(404);
    expect(await post('/containers/create', '{}')).toBe(404);
    expect(await statusOf('/services/source/start')).toBe(405);
    expect(await post('/services/storage/status')).toBe(400);
    expect(await post('/services/target/status', '{"address":"-output-curl-string"}')).toBe(400);
    expect(await post('/services/target/status', '{"address":"https://a:1","command":"sh"}')).toBe(400);
    expect(await post('/services/target/status', `"${'x'.repeat(2_000)}"`)).toBe(400);
    expect(asked).toEqual([]);
  });

  it('passes on what the engine refuses, as the failure that it is', async () => {
    const { containers } = await keeperOver({
      start: () => Promise.reject(new KnownFailure('DockerUnreachable', 'There is no engine', { retryable: true })),
    });
    await expect(containers.start(['source'])).rejects.toMatchObject({ type: 'DockerUnreachable', retryable: true });
  });

  it('is missed when it is not there', async () => {
    const nobody = createKeptContainers('http://127.0.0.1:1');
    await expect(nobody.state('source')).rejects.toMatchObject({ type: 'DockerUnreachable', retryable: true });
  });
});

it('says so when the lane has no such container', async () => {
  const { containers } = await keeperOver({ inspect: async () => undefined });
  await expect(containers.start(['source'])).rejects.toMatchObject({ type: 'ContainerMissing' });
});
