import { describe, expect, it } from 'vitest';
import { composeFailure, createCompose } from '../../../systems/docker/compose.js';
import { recorder } from '../../support/recorder.js';

const composeWith = async (answer: Parameters<typeof recorder>[0]) => {
  const program = await recorder(answer);
  const compose = createCompose({
    docker: program.file,
    environment: { PATH: process.env['PATH'], DOCKER_HOST: 'unix:///run/docker.sock', SECRET: 'of the worker' },
    project: 'openbao-dr-compose',
    files: ['/app/docker-compose.yml', '/state/compose.override.json'],
    variables: { SOURCE_PORT: '10443' },
  });
  return { ...program, compose };
};

const failureOf = (stderr: string) => composeFailure({ stderr, timedOut: false }, 'up');

describe('docker compose', () => {
  it('is told project and files, and gets only what it needs to find the engine, and what the files ask for', async () => {
    const { compose, calls } = await composeWith({});
    await compose.up(['infra', 'storage']);
    const [call] = await calls();
    expect(call?.args.join(' ')).toBe(
      'compose --project-name openbao-dr-compose --file /app/docker-compose.yml --file /state/compose.override.json ' +
        'up --detach --no-deps --no-build --quiet-pull infra storage',
    );
    expect(call?.env).toMatchObject({ DOCKER_HOST: 'unix:///run/docker.sock', SOURCE_PORT: '10443' });
    expect(call?.env).not.toHaveProperty('SECRET');
  });

  it('answers how a command in a container ended, whatever it says', async () => {
    const { compose, calls } = await composeWith({ stdout: '{"sealed":true}', exitCode: 2 });
    const answer = await compose.exec('target', ['bao', 'status'], { variables: { BAO_MAX_RETRIES: '0' } });
    expect(answer).toEqual({ exitCode: 2, output: '{"sealed":true}' });
    expect((await calls())[0]?.args.slice(-7)).toEqual([
      ...['exec', '--no-TTY', '--env', 'BAO_MAX_RETRIES=0', 'target', 'bao', 'status'],
    ]);
  });

  it('answers its version', async () => {
    const { compose } = await composeWith({ stdout: '2.40.3\n' });
    expect(await compose.version()).toBe('2.40.3');
  });

  it('refuses a version that does not know what the file says', async () => {
    const { compose } = await composeWith({ stdout: '2.17.2\n' });
    await expect(compose.version()).rejects.toMatchObject({ type: 'ComposeTooOld' });
  });
});

describe('what docker compose says', () => {
  it.each([
    ["docker: 'compose' is not a docker command.\nSee 'docker --help'", 'ComposeMissing'],
    ["unknown shorthand flag: 'p' in -p\nSee 'docker --help'.", 'ComposeMissing'],
    [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'DockerUnreachable',
    ],
    [
      'Error response from daemon: driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:10443 failed: port is already allocated',
      'PortInUse',
    ],
    ['Error response from daemon: failed to bind host port 127.0.0.1:10443/tcp: address already in use', 'PortInUse'],
    [
      'Error response from daemon: pull access denied for openbao-dr, repository does not exist or may require login',
      'ImageMissing',
    ],
    [
      'Error response from daemon: manifest for traefik:v0 not found: manifest unknown: manifest unknown',
      'ImageMissing',
    ],
    [
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
      'ImageMissing',
    ],
    ['failed to register layer: write /usr/bin/bao: no space left on device', 'DiskFull'],
    ['service "target" refers to undefined network', 'ComposeFailed'],
  ])('%s → %s', (said, type) => {
    expect(failureOf(said)).toMatchObject({ type });
  });

  it('is quoted without the progress before it', () => {
    const said = [
      'time="2026-01-01" level=warning msg="a variable is not set"',
      ' Container a  Creating',
      'the last word',
    ];
    expect(failureOf(said.join('\n'))).toMatchObject({
      message: 'Docker Compose failed: Container a  Creating the last word',
      facts: { command: 'compose up' },
    });
  });
});
