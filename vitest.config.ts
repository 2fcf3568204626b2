import { defineConfig, type TestProjectInlineConfiguration, type TestUserConfig } from 'vitest/config';

interface Suite {
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly minutes: { readonly test: number; readonly hook: number };
  /** Test files at a time. Default: 1. */
  readonly atOnce?: number;
  /** A process for each test file. Default: true. */
  readonly isolate?: boolean;
}

/** One project for each command of package.json that runs tests; the commands name them. */
const suite = (
  { name, include, exclude = [], minutes, atOnce = 1, isolate = true }: Suite,
  at: number,
): TestProjectInlineConfiguration => ({
  extends: true,
  test: {
    name,
    include: [...include],
    exclude: [...exclude],
    testTimeout: minutes.test * 60_000,
    hookTimeout: minutes.hook * 60_000,
    maxWorkers: atOnce,
    isolate,
    // Vitest wants projects apart that run different numbers of files at a time.
    sequence: { groupOrder: at },
  },
});

/** Servers that not every machine has, or minutes of waiting. */
const suitesOfTheirOwn: readonly Suite[] = [
  // What drills and their servers survive: kills, outages, stalls, terminated runs; snapshots restored into rooms. Minutes, most of which wait.
  { name: 'chaos', include: ['test/chaos/**/*.test.ts'], minutes: { test: 2, hook: 2 }, atOnce: 2 },
  // docker-compose.yml and the lane that uses it, on a container engine.
  { name: 'compose', include: ['test/compose/**/*.test.ts'], minutes: { test: 2, hook: 10 } },
  // Whole drills on Kubernetes, on clusters that not everybody has.
  { name: 'k3d', include: ['test/k3d/**/*.test.ts'], minutes: { test: 15, hook: 10 } },
  // Whole drills through a stand-in of the operator, on real API servers.
  { name: 'operator', include: ['test/operator/**/*.test.ts'], minutes: { test: 10, hook: 5 } },
  // Whole drills on real servers that go away for a minute at a time, and very many drills at once.
  { name: 'outages', include: ['test/outages/**/*.test.ts'], minutes: { test: 15, hook: 5 } },
  // No tests: they write the histories that test/replay replays.
  { name: 'record', include: ['test/replay/record*.ts'], minutes: { test: 3, hook: 3 } },
];

const unit: Suite = {
  name: 'unit',
  include: ['test/**/*.test.ts'],
  exclude: suitesOfTheirOwn.flatMap(({ include }) => include),
  minutes: { test: 1, hook: 2 },
  atOnce: 2,
  // Most of these files are done sooner than a new process has loaded what they import. So a test puts back what it changes
  // of its process: the environment, the clock, listeners.
  isolate: false,
};

/** The other suites only run when `--project` names them: `vitest run` by itself has to be quick, and change no history. */
const unlessNamed: Pick<TestUserConfig, 'project'> = { project: unit.name };

export default defineConfig({
  test: {
    ...unlessNamed,
    projects: [unit, ...suitesOfTheirOwn].map(suite),
    // The Temporal native bridge segfaults in worker threads.
    pool: 'forks',
    globalSetup: ['test/global-setup.ts'],
    // As the command sets it: what the SDK has to say about Node 20 is no matter of the tests.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', 'json'],
    // The other suites name files of their own on the command line.
    outputFile: { json: 'test-results/vitest.json' },
  },
});
