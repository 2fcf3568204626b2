import { defineConfig } from 'vitest/config';

/** Whole drills on Kubernetes: minutes each, one after another, on clusters that not everybody has. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/k3d/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 15 * 60_000,
    hookTimeout: 10 * 60_000,
    maxWorkers: 1,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
