import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The Temporal native bridge segfaults in worker threads.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    // Servers that not every machine has, or minutes of waiting: commands of their own.
    exclude: ['test/k3d/**', 'test/compose/**', 'test/operator/**', 'test/outages/**', 'test/chaos/**'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // As the command sets it: what the SDK has to say about Node 20 is no matter of the tests.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', ['json', { outputFile: 'test-results/vitest.json' }]],
  },
});
