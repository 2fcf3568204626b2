import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The rooms and what each may import of ours. Arrows point one way:
 * client, worker → workflows, activities, infra → systems → domain.
 */
const rooms = ['domain', 'systems', 'infra', 'activities', 'workflows', 'worker', 'client'];
const mayImport = {
  domain: [],
  systems: ['domain'],
  infra: ['domain', 'systems'],
  activities: ['domain', 'systems'],
  workflows: ['domain'],
  worker: ['domain', 'systems', 'infra', 'activities', 'workflows'],
  client: ['domain', 'systems', 'infra', 'activities', 'workflows', 'worker'],
};

const outsideOf = (room) =>
  rooms
    .filter((other) => other !== room && !mayImport[room].includes(other))
    .map((other) => ({
      // An adapter names the port that it implements.
      regex: room === 'infra' && other === 'activities' ? '^(\\.\\./)+activities/(?!ports/)' : `^(\\.\\./)+${other}/`,
      // Workflows know activities by their types alone.
      allowTypeImports: room === 'workflows' && other === 'activities',
      message: `${room}/ must not import ${other}/.`,
    }));

/** Workflow code runs in a deterministic sandbox: no Node, no clients, and no heavy validation library. */
const outsideTheSandbox = [
  { regex: '^node:', message: 'Workflow code has no Node built-ins.' },
  { regex: '^@temporalio/(activity|client|worker|envconfig|testing)', message: 'Not for workflow code.' },
  { regex: '^(execa|zod|yaml|node-vault|@aws-sdk/)', message: 'Not for workflow code: call an activity.' },
  {
    regex:
      '(plan/(plan-schema|plan-fields|resolved-plan|resolved-form|restore-test/(?!restore-test-plan))|report/report-schema)',
    message: 'Validation stays out of workflow code.',
  },
];

const portsAreTypes = {
  regex: '^(\\.\\./)+activities/ports/',
  allowTypeImports: true,
  message: 'infra/ knows the ports of activities by their types alone.',
};

/** A kind of lane is a folder and a line of the table: nothing else knows its folder. */
const kindsTable = ['infra/lanes/kinds.ts'];
const ofOneKind = {
  regex: '^(\\./|(\\.\\./)+)(infra/)?(lanes/)?(local|compose|k3d)/',
  message: 'Only infra/lanes/kinds.ts knows the folder of a lane kind: ask the table.',
};

const patternsOf = (room) => [
  ...outsideOf(room),
  ...(room === 'systems' ? [] : [ofOneKind]),
  ...(room === 'workflows' ? outsideTheSandbox : []),
  ...(room === 'infra' ? [portsAreTypes] : []),
];

/** Inside the workflows: runbooks import phases and the run, phases import the run, and the run imports neither. */
const insideWorkflows = [
  {
    files: ['workflows/phases/**/*.ts'],
    regex: '^(\\.\\./)+(dr-drill|index)\\.js$',
    message: 'workflows/phases/ must not import a runbook.',
  },
  {
    files: ['workflows/run/**/*.ts'],
    regex: '^(\\.\\./)+(phases/|(dr-drill|index)\\.js$)',
    message: 'workflows/run/ must not import phases or runbooks.',
  },
];

// The last that matches a file counts, and alone: what is stricter repeats what holds for its room.
const places = [
  ...rooms.map((room) => ({ files: [`${room}/**/*.ts`], patterns: patternsOf(room) })),
  { files: kindsTable, patterns: patternsOf('infra').filter((pattern) => pattern !== ofOneKind) },
  // The program of a container that a kind's own file starts.
  {
    files: ['worker/programs/keep-containers.ts'],
    patterns: patternsOf('worker').filter((pattern) => pattern !== ofOneKind),
  },
  ...insideWorkflows.map(({ files, ...pattern }) => ({ files, patterns: [...patternsOf('workflows'), pattern] })),
];

const boundaries = places.map(({ files, patterns }) => ({
  files,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
}));

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'test-results'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': [
        'error',
        // What these return IS the type that others name.
        {
          allowedNames: ['createActivities', 'createDrillActivities', 'createRunRecord', 'createSteps', 'lanePaths'],
        },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  ...boundaries,
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
