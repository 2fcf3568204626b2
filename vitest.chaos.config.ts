import { defineConfig } from 'vitest/config';

/** What drills and their servers survive: kills, outages, stalls, terminated runs. Minutes, most of which wait. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/chaos/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 2 * 60_000,
    hookTimeout: 2 * 60_000,
    maxWorkers: 2,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', ['json', { outputFile: 'test-results/vitest-chaos.json' }]],
  },
});
