import { expect, it } from 'vitest';
import { temporaryFolder, type } from '../test-context.js';

// Nothing listens on port 1: what a setting says is read before the server is asked.
it.each([['worker'], ['resume', 'local'], ['cancel', 'local']])(
  'a worker does not start with a setting that it could build no lane with: %s',
  async (...args) => {
    await using folder = await temporaryFolder();
    const environment = {
      OPENBAO_DR_STATE: folder.path,
      OPENBAO_DR_ALLOWED_ADDRESSES: '10.0.0.1-9',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    };
    const { exitCode, stderr } = await type(args, { environment });
    expect(stderr).toContain('OPENBAO_DR_ALLOWED_ADDRESSES has "10.0.0.1-9" in it: name an IPv4 address');
    expect(exitCode).toBe(2);
  },
);
