import { defineConfig } from 'vitest/config';

/** Runs the recording of replay histories, which is no test. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/replay/record.ts', 'test/replay/record-operators.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
