import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clustersIn, createK3d, k3dEnvironment, k3dFailure } from '../../../systems/k3d/k3d.js';
import { emptyFolder, recorder } from '../../support/recorder.js';

const esc = String.fromCharCode(27);
const logged = (level: string, text: string): string => `${esc}[31m${level}${esc}[0m[0000] ${text} \n`;
const noDocker = `Failed to get nodes for cluster 'x': docker failed to get containers with labels 'map[k3d.cluster:x]': failed to list containers: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?`;
const environment = { PATH: process.env['PATH'], HOME: '/home/somebody', SECRET: 'of the worker' };

const k3dWith = async (answer: Parameters<typeof recorder>[0]) => {
  const program = await recorder(answer);
  const folder = join(program.folder, 'k3d');
  return { ...program, folder, k3d: createK3d({ k3d: program.file, environment, folder }) };
};

describe('k3d', () => {
  it('makes a cluster from a configuration on standard input, and leaves the kubeconfig of the user alone', async () => {
    const { k3d, calls, folder } = await k3dWith({});
    await k3d.create('kind: Simple');
    const [call] = await calls();
    expect(call?.args.join(' ')).toBe(
      'cluster create --config - --wait --timeout 300s --kubeconfig-update-default=false --kubeconfig-switch-context=false',
    );
    expect(call?.input).toBe('kind: Simple');
    expect(call?.env).toEqual(k3dEnvironment(environment, folder));
    expect(call?.env).toMatchObject({ HOME: folder, TMPDIR: folder, DOCKER_CONFIG: '/home/somebody/.docker' });
  });

  it('lists clusters, and how many of their servers run', async () => {
    const printed = JSON.stringify([
      { name: 'openbao-dr-infra', network: { name: 'openbao-dr' }, nodes: [], serversCount: 1, serversRunning: 0 },
      { name: 'other', serversCount: 1, serversRunning: 1 },
    ]);
    expect(clustersIn(printed)).toEqual([
      { name: 'openbao-dr-infra', servers: 1, serversRunning: 0, network: 'openbao-dr' },
      { name: 'other', servers: 1, serversRunning: 1 },
    ]);
    const { k3d } = await k3dWith({ stdout: '[]' });
    expect(await k3d.list()).toEqual([]);
  });

  it('removes a cluster, or finds that there is none', async () => {
    const { k3d } = await k3dWith({ stderr: `INFO[0000] No nodes found for cluster 'x', nothing to delete. \n` });
    await k3d.remove('x');
  });

  it('does not take it for removed when k3d could not ask Docker, although it ends well', async () => {
    const { k3d } = await k3dWith({ stderr: logged('ERRO', noDocker) });
    await expect(k3d.remove('x')).rejects.toMatchObject({ type: 'DockerUnreachable', retryable: true });
  });

  it.each([
    ['DockerUnreachable', logged('FATA', noDocker)],
    [
      'K3dClusterExists',
      logged('FATA', `Failed to create cluster 'a' because a cluster with that name already exists`),
    ],
    [
      'DockerPortTaken',
      logged('ERRO', 'Failed Cluster Start: Bind for 127.0.0.1:6551 failed: port is already allocated') +
        logged('FATA', 'Cluster creation FAILED, all changes have been rolled back!'),
    ],
    ['K3dFailed', logged('FATA', `Failed to read config file -: While parsing config: yaml: line 3: did not find`)],
    ['K3dFailed', 'Error: unknown flag: --nope\nUsage:\n'],
  ])('says %s for what it logs', (type, stderr) => {
    const failure = k3dFailure({ stderr, timedOut: false }, ['cluster', 'create', '--config', '-']);
    expect(failure).toMatchObject({ type });
    expect(failure.facts).toEqual({ command: 'cluster create' });
    expect(failure.message).toMatch(/: [^[]*$/);
    expect(failure.message).not.toContain(esc);
  });

  it('is started only if it can be', async () => {
    const folder = await emptyFolder();
    const k3d = createK3d({ k3d: join(folder, 'none'), environment, folder });
    await expect(k3d.list()).rejects.toMatchObject({ type: 'ProcessNotStarted' });
  });
});
