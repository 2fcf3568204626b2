import { describe, expect, it } from 'vitest';
import type { Program, ProgramAnswer } from '../../../systems/processes/program.js';
import { answers, askEngine } from '../../../systems/docker/container-engine.js';

const engine = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';

/** As Docker 28 prints it, shortened. */
const version = { Client: { Version: '28.2.2' }, Server: { Version: '20.10.24+dfsg1', ApiVersion: '1.41' } };
const info = {
  Name: 'vm',
  OperatingSystem: 'Debian GNU/Linux 12 (bookworm)',
  MemTotal: 25_276_514_304,
  DockerRootDir: '/var/lib/docker',
  CgroupVersion: '1',
};

const docker =
  (said: Readonly<Record<string, Partial<ProgramAnswer>>>, calls: (readonly string[])[] = []): Program =>
  async ({ args }) => {
    calls.push(args);
    return { exitCode: 0, timedOut: false, stdout: '', stderr: '', ...said[args[0] ?? ''] };
  };

describe('asking the container engine', () => {
  it('tells its version and what it runs on', async () => {
    const calls: (readonly string[])[] = [];
    const said = { version: { stdout: JSON.stringify(version) }, info: { stdout: JSON.stringify(info) } };
    expect(await askEngine(docker(said, calls))).toEqual({
      version: '20.10.24+dfsg1',
      machine: 'vm',
      operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
      memoryBytes: 25_276_514_304,
      rootFolder: '/var/lib/docker',
      controlGroups: 1,
    });
    // `--format json` is printed as the word by the oldest clients.
    expect(calls).toEqual([
      ['version', '--format', '{{json .}}'],
      ['info', '--format', '{{json .}}'],
    ]);
  });

  it('says in one line why there is no answer, although the client has one', async () => {
    const said = { exitCode: 1, stdout: JSON.stringify({ ...version, Server: null }), stderr: `\n${engine}\n` };
    const silent = await askEngine(docker({ version: said }));
    expect(answers(silent)).toBe(false);
    expect(silent).toEqual({ said: engine });
  });

  it('does not wait for ever', async () => {
    expect(await askEngine(docker({ version: { timedOut: true } }))).toEqual({ said: 'no answer within 15 s' });
  });

  it('takes what is not JSON for no answer', async () => {
    expect(await askEngine(docker({ version: { stdout: 'json\n' } }))).toEqual({ said: '' });
  });

  it('leaves open which control groups an engine has that does not tell', async () => {
    const older = JSON.stringify({ ...info, CgroupVersion: undefined });
    const said = { version: { stdout: JSON.stringify(version) }, info: { stdout: older } };
    expect(await askEngine(docker(said))).toMatchObject({ controlGroups: undefined });
  });
});
