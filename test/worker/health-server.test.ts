import { expect, it, onTestFinished } from 'vitest';
import { healthPortIn, startHealthServer } from '../../worker/health-server.js';
import type { WorkerHealth } from '../../worker/running-worker.js';

const serve = async (health: () => WorkerHealth): Promise<(path: string) => Promise<number>> => {
  const server = await startHealthServer({ port: 0, health });
  onTestFinished(() => server.close());
  return async (path) => (await fetch(`http://127.0.0.1:${server.port}${path}`)).status;
};

it('is alive until the worker has failed or ended, and ready only while it takes tasks', async () => {
  let state: WorkerHealth = 'ready';
  const statusOf = await serve(() => state);
  const seen = async (now: WorkerHealth): Promise<readonly number[]> => {
    state = now;
    return [await statusOf('/live'), await statusOf('/ready')];
  };
  expect(await seen('ready')).toEqual([200, 200]);
  expect(await seen('stopping')).toEqual([200, 503]);
  expect(await seen('stopped')).toEqual([503, 503]);
  expect(await seen('failed')).toEqual([503, 503]);
  expect(await statusOf('/')).toBe(404);
});

it('says that its port is taken', async () => {
  const first = await startHealthServer({ port: 0, host: '127.0.0.1', health: () => 'ready' });
  onTestFinished(() => first.close());
  const second = startHealthServer({ port: first.port, host: '127.0.0.1', health: () => 'ready' });
  await expect(second).rejects.toMatchObject({ type: 'PortInUse' });
});

it('is told nothing where no port is named, and refuses one that is none', () => {
  expect(healthPortIn({})).toBeUndefined();
  expect(healthPortIn({ OPENBAO_DR_HEALTH_PORT: '' })).toBeUndefined();
  expect(healthPortIn({ OPENBAO_DR_HEALTH_PORT: '8787' })).toBe(8787);
  expect(() => healthPortIn({ OPENBAO_DR_HEALTH_PORT: '80x' })).toThrow(/is a whole number/);
});
