import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { assertFreeSpace } from '../../../systems/files/free-space.js';

describe('assertFreeSpace', () => {
  it('accepts a disk with enough room', async () => {
    await expect(assertFreeSpace(tmpdir(), 1)).resolves.toBeUndefined();
  });

  it('refuses a disk with too little, and says how much there is', async () => {
    await expect(assertFreeSpace(tmpdir(), 2 ** 60)).rejects.toMatchObject({
      type: 'DiskFull',
      message: expect.stringMatching(/Only [\d.]+ \w+ are free at .* 1048576\.0 TiB are needed/) as string,
    });
  });
});
