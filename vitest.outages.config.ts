import { defineConfig } from 'vitest/config';

/** Whole drills on real servers that go away for a minute at a time, and very many drills at once: one after another. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/outages/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 15 * 60_000,
    hookTimeout: 5 * 60_000,
    maxWorkers: 1,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', ['json', { outputFile: 'test-results/vitest-outages.json' }]],
  },
});
