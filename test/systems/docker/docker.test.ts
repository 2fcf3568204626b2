import { describe, expect, it } from 'vitest';
import { createDocker, dockerFailure, networkCreateCommand, runCommand } from '../../../systems/docker/docker.js';
import { recorder } from '../../support/recorder.js';

const dockerWith = async (answer: Parameters<typeof recorder>[0]) => {
  const program = await recorder(answer);
  const environment = { PATH: process.env['PATH'], DOCKER_HOST: 'unix:///run/docker.sock', SECRET: 'of the worker' };
  return { ...program, docker: createDocker({ docker: program.file, environment }) };
};

describe('command lines of docker', () => {
  it('run a container in the background, with files instead of secrets', () => {
    const command = runCommand({
      name: 'storage',
      image: 'rustfs/rustfs:1.0.1',
      network: 'openbao-dr',
      publish: ['127.0.0.1:19000:9000'],
      environment: { RUSTFS_SECRET_KEY_FILE: '/keys/secret' },
      mounts: [
        { source: '/state/keys', target: '/keys', readOnly: true },
        { source: '/state/data', target: '/data' },
      ],
      labels: { 'openbao-dr.lane': 'lab' },
      user: '1000:1000',
      command: ['--console-enable=false', '/data'],
    });
    expect(command.join(' ')).toBe(
      'run --detach --name storage --pull never --network openbao-dr --publish 127.0.0.1:19000:9000 ' +
        '--env RUSTFS_SECRET_KEY_FILE=/keys/secret --mount type=bind,source=/state/keys,target=/keys,readonly ' +
        '--mount type=bind,source=/state/data,target=/data --label openbao-dr.lane=lab --user 1000:1000 ' +
        'rustfs/rustfs:1.0.1 --console-enable=false /data',
    );
  });

  it('make a network', () => {
    expect(networkCreateCommand('openbao-dr', { a: 'b' }, '172.30.0.0/24').join(' ')).toBe(
      'network create --label a=b --subnet 172.30.0.0/24 openbao-dr',
    );
  });
});

describe('docker', () => {
  it('gets only what it needs to find its daemon', async () => {
    const { docker, calls } = await dockerWith({});
    await docker.pull('traefik:v3');
    const [call] = await calls();
    expect(call?.args).toEqual(['pull', '--quiet', 'traefik:v3']);
    expect(call?.env).toEqual({ PATH: process.env['PATH'], DOCKER_HOST: 'unix:///run/docker.sock' });
  });

  it('reads a network', async () => {
    const network = {
      Name: 'openbao-dr',
      Labels: { a: 'b' },
      IPAM: { Config: [{ Subnet: '172.30.0.0/24', Gateway: '172.30.0.1' }] },
    };
    const { docker } = await dockerWith({ stdout: JSON.stringify([network]) });
    expect(await docker.network('openbao-dr')).toEqual({
      name: 'openbao-dr',
      labels: { a: 'b' },
      subnet: '172.30.0.0/24',
      gateway: '172.30.0.1',
    });
  });

  it('reads a container', async () => {
    const container = {
      Id: 'abc',
      Name: '/storage',
      State: { Running: false, ExitCode: 3 },
      Config: { Image: 'rustfs/rustfs:1.0.1', Labels: { a: 'b' } },
      NetworkSettings: { Networks: { 'openbao-dr': { IPAddress: '172.30.0.9' }, none: { IPAddress: '' } } },
    };
    const { docker } = await dockerWith({ stdout: JSON.stringify([container]) });
    expect(await docker.container('storage')).toEqual({
      id: 'abc',
      name: 'storage',
      image: 'rustfs/rustfs:1.0.1',
      running: false,
      exitCode: 3,
      labels: { a: 'b' },
      addresses: { 'openbao-dr': '172.30.0.9' },
    });
  });

  it.each(['Error response from daemon: No such container: x', 'Error response from daemon: network x not found'])(
    'has nothing where Docker says %j, and nothing to remove',
    async (stderr) => {
      const { docker } = await dockerWith({ stdout: '[]\n', stderr, exitCode: 1 });
      expect(await docker.network('x')).toBeUndefined();
      expect(await docker.container('x')).toBeUndefined();
      await docker.remove('x');
      await docker.removeNetwork('x');
    },
  );

  it('knows whether an image is there', async () => {
    const { docker } = await dockerWith({ stdout: '{"Repository":"traefik","Tag":"v3"}\n' });
    expect(await docker.hasImage('traefik:v3')).toBe(true);
    expect(await (await dockerWith({ stdout: '\n' })).docker.hasImage('traefik:v3')).toBe(false);
  });

  it.each([
    [
      'DockerUnreachable',
      true,
      `docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n\nRun 'docker run --help' for more information`,
    ],
    [
      'DockerPortTaken',
      false,
      'docker: Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint storage: Bind for 127.0.0.1:19000 failed: port is already allocated',
    ],
    [
      'DockerNameTaken',
      false,
      'docker: Error response from daemon: Conflict. The container name "/storage" is already in use by container "abc".',
    ],
    ['DockerNameTaken', false, 'Error response from daemon: network with name openbao-dr already exists'],
    ['DockerImageMissing', false, 'Error response from daemon: manifest for traefik:nope not found: manifest unknown'],
    ['DockerImageMissing', false, 'docker: Error response from daemon: No such image: traefik:v3'],
    ['DockerFailed', false, 'Error response from daemon: something else'],
  ])('says %s (a retry helps: %s) for %s', (type, retryable, stderr) => {
    const failure = dockerFailure({ stderr, timedOut: false }, ['run', '--detach', '--name', 'storage']);
    expect(failure).toMatchObject({ type, retryable });
    expect(failure.facts).toMatchObject({ command: 'run' });
    expect(failure.message).not.toContain('--help');
  });
});
