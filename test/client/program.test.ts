import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../client/program.js';
import { createTestContext, temporaryFolder, type } from './test-context.js';

const commands = [
  'drill',
  'resume',
  'cancel',
  'undo',
  'approve',
  'reject',
  'cutover-done',
  'status',
  'watch',
  'list',
  'report',
  'verify-report',
  'snapshot',
  'up',
  'down',
  'dev',
  'worker',
  'doctor',
  'images',
  'help',
];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('the command line', () => {
  it('has exactly the commands that are promised', () => {
    const program = createProgram(createTestContext(), () => undefined);
    expect(program.commands.map((command) => command.name())).toEqual(commands);
  });

  it.each([[], ...commands.map((command) => [command])].map((path) => ({ path })))(
    'shows help with an example for "$path"',
    async ({ path }) => {
      const { exitCode, stdout, stderr } = await type([...path, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`Example:\n +\\$ openbao-dr ${path[0] ?? ''}`));
      expect(stdout).toContain('--state-dir');
      expect(stderr).toBe('');
    },
  );

  it('shows its help, and exit code 2, when no command is named', async () => {
    const { exitCode, stdout, stderr } = await type([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: openbao-dr/);
    expect(stderr).toContain('drill');
    expect(await type(['--debug'])).toMatchObject({ exitCode: 2, stdout: '', stderr });
  });

  it.each([['help'], ['help', 'drill'], ['help', 'snapshot', 'prove']])('shows the help of %s', async (...words) => {
    expect(await type(words)).toEqual(await type([...words.slice(1), '--help']));
  });

  it('tells its version', async () => {
    expect(await type(['--version'])).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' });
  });
});

describe('a mistake on the command line', () => {
  it.each([
    ['an unknown command', ['dril'], "Unknown command 'dril' (Did you mean drill?): see `openbao-dr --help`."],
    ['help for an unknown command', ['help', 'nope'], "Unknown command 'nope': see `openbao-dr --help`."],
    ['a group without a command', ['snapshot'], '`openbao-dr snapshot` needs a command, inspect or prove'],
    ['an unknown flag', ['drill', '--fast'], "Unknown option '--fast': see `openbao-dr drill --help`."],
    [
      'an unknown flag of a command in a group',
      ['snapshot', 'prove', '--fast'],
      'see `openbao-dr snapshot prove --help`.',
    ],
    ['an unknown flag before the command', ['--fast', 'drill'], "Unknown option '--fast'"],
    ['too many arguments', ['drill', 'local', 'local-blue'], "Too many arguments for 'drill'"],
    ['an argument where there is none', ['dev', 'local'], "Too many arguments for 'dev'"],
    ['a flag without its value', ['drill', '--plan'], "Option '--plan <file>' argument missing"],
    ['an approval by nobody', ['approve'], "Required option '--as <name>' not specified"],
    ['a rejection without a reason', ['reject', '--as', 'ann'], "Required option '--reason <text>' not specified"],
    ['one port for two servers', ['dev', '--port', '7300', '--ui-port', '7300'], '--port and --ui-port both name 7300'],
    ['a report in two ways', ['report', '--open', '--json'], 'cannot be used with option'],
    ['a port that is none', ['dev', '--port', 'http'], 'a port is a whole number from 1024 to 65535'],
    ['a privileged port', ['dev', '--ui-port', '80'], 'a port is a whole number from 1024 to 65535'],
    ['a port beyond the last', ['dev', '--port', '65536'], 'a port is a whole number from 1024 to 65535'],
    ['a lane of no known kind', ['drill', 'moon'], 'The lane name "moon"'],
    ['a part that nobody can adopt', ['up', 'k3d', '--adopt', 'clusters,nodes'], 'no part is called "nodes"'],
    ['no part to adopt', ['drill', 'k3d', '--adopt', ''], 'no part is called ""'],
    ['parts of a local lane', ['up', 'local', '--adopt', 'clusters'], '--adopt is for lanes of kind k3d'],
    ['an address for a local lane', ['drill', '--host-address', '10.0.0.1'], '--host-address is for lanes of kind k3d'],
    [
      'clusters that are adopted without an address',
      ['up', 'k3d', '--adopt', 'clusters'],
      '"k3d.hostAddress" is missing',
    ],
    [
      'an address that is none',
      ['doctor', 'k3d', '--host-address', 'here'],
      '"k3d.hostAddress" is not an IPv4 address',
    ],
    ['images of no lane', ['images'], "Missing required argument 'lane'"],
    ['images of a local lane', ['images', 'local'], 'Lane local is made of processes'],
    ['a version of a local lane', ['images', 'local', '--openbao-version', '2.7.2'], '--openbao-version is for lanes'],
    [
      'a version that is none',
      ['images', 'k3d', '--operator-version', 'latest'],
      '"k3d.operatorVersion" is not a version',
    ],
    ['two directions at once', ['images', 'k3d', '--save', 'a', '--load', 'a'], 'cannot be used with option'],
    ['a lane that is a path', ['down', '../local'], 'The lane name "../local"'],
    ['a lane that is empty', ['status', ''], 'The lane name ""'],
    ['a drill id that is none', ['report', '20260102T030405Z'], 'The lane name "20260102T030405Z"'],
    ['an approver without a name', ['approve', '--as', ' '], 'The name given with --as is empty'],
    ['an advance approver of a resumed drill without a name', ['resume', '--approve-as', ' '], '--approve-as is empty'],
    ['evidence that is no digest', ['approve', '--as', 'ann', '--evidence', 'abc'], 'is not 64 hexadecimal digits'],
    ['an advance approver without a name', ['drill', '--approve-as', ''], 'The name given with --approve-as is empty'],
    ['a plan that is not there', ['drill', '--plan', '/nonexistent.yaml'], 'The plan /nonexistent.yaml does not exist'],
  ])('like %s ends with one sentence and exit code 2', async (_, args, sentence) => {
    const state = join(folder.path, 'never-made');
    const { exitCode, stdout, stderr } = await type(args, { environment: { OPENBAO_DR_STATE: state } });
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
  });

  it('like an approver whom the plan does not let decide is told before anything starts', async () => {
    const plan = join(folder.path, 'plan.yaml');
    await writeFile(plan, 'lane: local\napproval: { approvers: [ben] }\n');
    const { exitCode, stderr } = await type(['drill', '--plan', plan, '--approve-as', 'ann']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('The plan does not let "ann" approve, only ben');
  });

  it('like a state folder that is not ours is told, and the folder left alone', async () => {
    await writeFile(join(folder.path, 'precious.txt'), 'mine');
    const { exitCode, stderr } = await type(['list', '--state-dir', folder.path]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('holds files that openbao-dr did not make');
  });

  it('like Temporal settings that cannot be used is told', async () => {
    const environment = { OPENBAO_DR_STATE: join(folder.path, 'state'), TEMPORAL_ADDRESS: 'not an address' };
    const { exitCode, stderr } = await type(['status'], { environment });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('is not of the form host:port');
  });
});

describe('commands that need a Temporal server', () => {
  it.each([['approve', '--as', 'ann'], ['watch']])('say how to start one when none answers: %s', async (...args) => {
    // Nothing listens on port 1.
    const environment = { OPENBAO_DR_STATE: join(folder.path, 'state'), TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { exitCode, stderr } = await type(args, { environment });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('127.0.0.1:1, which the settings name');
    expect(stderr).toContain('No other server is used in its place.');
  });
});
