import { defineConfig } from 'vitest/config';

/** Whole drills through a stand-in of the operator, on real API servers: one after another. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/operator/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 10 * 60_000,
    hookTimeout: 5 * 60_000,
    maxWorkers: 1,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', ['json', { outputFile: 'test-results/vitest-operator.json' }]],
  },
});
