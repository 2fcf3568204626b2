import { describe, expect, it } from 'vitest';
import { readVersion } from '../../../client/cli/version.js';
import packageJson from '../../../package.json' with { type: 'json' };

describe('readVersion', () => {
  it("is the package's", async () => {
    expect(await readVersion()).toBe(packageJson.version);
  });

  it('says so when the package is incomplete', async () => {
    await expect(readVersion('/')).rejects.toThrowError('package.json is missing');
  });
});
