import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isRefused } from '../../../client/temporal/knock.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';

describe('isRefused', () => {
  it('tells a port nobody listens on from one that is open', async () => {
    const [port] = await findFreePorts(1);
    expect(await isRefused(`127.0.0.1:${port}`)).toBe(true);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await isRefused(`127.0.0.1:${port}`)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });

  it('leaves other machines to those who can reach them', async () => {
    expect(await isRefused('temporal.example.com:7233')).toBe(false);
  });
});
