import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kubectlEnvironment } from '../../../systems/kubernetes/kubectl.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import { identifyProcess } from '../../../systems/processes/process-identity.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { emptyFolder, recorder } from '../../support/recorder.js';
import { clusterWith, realKubectl } from './support.js';

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', namespace: 'n' },
  stringData: { password: 'hunter22' },
};
const ref = { kind: 'secrets', name: 's', namespace: 'n' };

describe('kubectl', () => {
  it('is told the context, a limit and a cache, and gets an environment made from nothing', async () => {
    const { file, folder, calls } = await recorder();
    const home = join(folder, 'home');
    const cluster = await clusterWith(file, { folder: home, kubeconfig: '/state/kubeconfig', requestTimeoutMs: 1500 });
    expect(await cluster.get(ref)).toBeUndefined();
    const [call] = await calls();
    expect(call?.args.join(' ')).toBe(
      `--context a-context --request-timeout 1500ms --cache-dir ${join(home, 'cache')} ` +
        'get secrets s --namespace n --ignore-not-found --output json',
    );
    expect(call?.env).toEqual({
      PATH: process.env['PATH'],
      HOME: home,
      KUBECONFIG: '/state/kubeconfig',
      KUBERC: 'off',
    });
    expect((await stat(home)).mode & 0o777).toBe(0o700);
  });

  it('takes the kubeconfig of the user where none is named', () => {
    const environment = { HOME: '/home/somebody', KUBECONFIG: '', AWS_PROFILE: 'team' };
    const folder = '/state/kubectl';
    // A program that logs in looks for its settings there.
    expect(kubectlEnvironment({ environment, folder })).toEqual({
      HOME: '/home/somebody',
      AWS_PROFILE: 'team',
      KUBECONFIG: '/home/somebody/.kube/config',
      KUBERC: 'off',
    });
    expect(kubectlEnvironment({ environment: { ...environment, KUBECONFIG: '/a:/b' }, folder })['KUBECONFIG']).toBe(
      '/a:/b',
    );
  });

  it('gets what is secret on standard input, or in a file that is gone afterwards', async () => {
    const { file, folder, calls } = await recorder({ stdout: JSON.stringify(secret) });
    const home = join(folder, 'home');
    const cluster = await clusterWith(file, { folder: home });
    await cluster.apply([secret]);
    await cluster.create(secret);
    await cluster.patch(ref, { stringData: secret.stringData });
    const recorded = await calls();
    expect(recorded.map(({ args }) => args.join(' ')).join('\n')).not.toContain('hunter22');
    expect(recorded.map(({ input, patch }) => `${input}${patch ?? ''}`.includes('hunter22'))).toEqual([
      true,
      true,
      true,
    ]);
    expect(await readdir(home)).toEqual([]);
  });

  it('repeats nothing of a Secret in a failure, nor does it leave the file of a patch behind', async () => {
    const { file, folder } = await recorder({
      stderr: `The request is invalid: patch: Invalid value: "{\\"stringData\\":{\\"password\\":\\"hunter22\\"}}": no hunter22`,
      exitCode: 1,
    });
    const home = join(folder, 'home');
    const cluster = await clusterWith(file, { folder: home });
    for (const attempt of [
      () => cluster.apply([secret]),
      () => cluster.create(secret),
      () => cluster.patch(ref, { stringData: secret.stringData }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({
        type: 'KubernetesObjectInvalid',
        message: expect.not.stringContaining('hunter22') as string,
      });
    }
    expect(await readdir(home)).toEqual([]);
  });

  it('says where it was when it failed', async () => {
    const { file } = await recorder({
      stderr: 'Error from server (NotFound): deployments.apps "traefik" not found',
      exitCode: 1,
    });
    const cluster = await clusterWith(file);
    await expect(
      cluster.scale({ kind: 'deployments.apps', name: 'traefik', namespace: 'edge' }, 0),
    ).rejects.toMatchObject({
      type: 'KubernetesObjectMissing',
      message: expect.stringContaining(
        'The context is a-context, the action is scale, the object is deployments.apps/traefik and the namespace is edge.',
      ) as string,
    });
  });

  it('is not trusted to print what it should, and what it prints is not repeated', async () => {
    const { file } = await recorder({ stdout: 'hunter22' });
    const cluster = await clusterWith(file);
    for (const attempt of [() => cluster.get(ref), () => cluster.list('secrets'), () => cluster.versions()]) {
      await expect(attempt()).rejects.toMatchObject({
        type: 'KubernetesFailed',
        message: expect.not.stringContaining('hunter22') as string,
      });
    }
  });

  /** Starts a child that keeps its output open, and tells the numbers of both. */
  const hanging = async (): Promise<{ file: string; pids: () => Promise<number[]> }> => {
    const folder = await emptyFolder();
    const file = join(folder, 'kubectl');
    const told = join(folder, 'pids');
    const lines = ['#!/bin/sh', 'sleep 600 &', `echo "$$ $!" > '${told}'`, 'wait', ''];
    await writeFile(file, lines.join('\n'), { mode: 0o755 });
    const pids = () =>
      waitUntil(
        async () => {
          const numbers = (await readFile(told, 'utf8').catch(() => '')).trim().split(' ').map(Number);
          return numbers.length === 2 ? numbers : undefined;
        },
        { what: 'the process numbers', timeoutMs: 10_000, intervalMs: 10 },
      );
    return { file, pids };
  };
  const ended = async (pid: number): Promise<void> => {
    await waitUntil(async () => ((await identifyProcess(pid)) === undefined ? true : undefined), {
      what: 'its end',
      timeoutMs: 5_000,
      intervalMs: 10,
    });
  };

  it('is killed when the signal aborts, and its helpers keep nobody waiting', async () => {
    const { file, pids } = await hanging();
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const asking = expect((await clusterWith(file)).raw('/readyz', { signal: controller.signal })).rejects.toBe(reason);
    const [kubectl, helper] = await pids();
    controller.abort(reason);
    await asking;
    await ended(kubectl!);
    process.kill(helper!, 'SIGKILL');
  });

  it('is killed when it does not come to an end', async () => {
    const { file, pids } = await hanging();
    const cluster = await clusterWith(file, { timeoutMs: 1_000 });
    const asking = expect(cluster.raw('/readyz')).rejects.toMatchObject({
      type: 'KubernetesUnreachable',
      retryable: true,
    });
    const [kubectl, helper] = await pids();
    await asking;
    await ended(kubectl!);
    process.kill(helper!, 'SIGKILL');
  });

  it('is not even started when the signal has aborted before', async () => {
    const { file, calls } = await recorder();
    await expect((await clusterWith(file)).raw('/readyz', { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    await expect(calls()).rejects.toThrow();
  });

  it('says so when there is none', async () => {
    const cluster = await clusterWith(join(await emptyFolder(), 'none'));
    await expect(cluster.raw('/readyz')).rejects.toMatchObject({ type: 'ProcessNotStarted' });
  });
});

describe('the real kubectl', () => {
  const kubeconfigOf = (server: string): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: { token: 'hunter22' } }],
      contexts: [{ name: 'a-context', context: { cluster: 'c', user: 'u' } }],
    });

  const withServer = async (server: string, context = 'a-context') => {
    const folder = await emptyFolder();
    await mkdir(join(folder, 'config'));
    const kubeconfig = join(folder, 'config', 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigOf(server), { mode: 0o600 });
    return clusterWith(await realKubectl(), { kubeconfig, context, requestTimeoutMs: 5_000 });
  };

  it('says that nobody listens, whatever it is asked', async () => {
    const cluster = await withServer(`https://127.0.0.1:${(await findFreePorts(1))[0]}`);
    const failure = { type: 'KubernetesUnreachable', retryable: true };
    for (const attempt of [
      () => cluster.get(ref),
      () => cluster.list('pods'),
      () => cluster.apply([secret]),
      () => cluster.create(secret),
      () => cluster.patch(ref, {}),
      () => cluster.remove(ref),
      () => cluster.logs({ namespace: 'n', pod: 'p' }),
      () => cluster.events({ namespace: 'n' }),
      () => cluster.canI({ verb: 'get', resource: 'secrets' }),
      () => cluster.createToken({ serviceAccount: 'a', namespace: 'n', audience: 'b', seconds: 600 }),
      () => cluster.raw('/readyz'),
      () => cluster.versions(),
    ]) {
      await expect(attempt()).rejects.toMatchObject(failure);
    }
  });

  it('says that a context is not there', async () => {
    const cluster = await withServer('https://127.0.0.1:1', 'nope');
    await expect(cluster.get(ref)).rejects.toMatchObject({ type: 'KubernetesContextMissing' });
  });
});
