import { defineConfig } from 'vitest/config';

/** docker-compose.yml and the lane that uses it, on a container engine: one test file after another. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/compose/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 2 * 60_000,
    hookTimeout: 10 * 60_000,
    maxWorkers: 1,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', ['json', { outputFile: 'test-results/vitest-compose.json' }]],
  },
});
