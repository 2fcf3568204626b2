import { describe, expect, it } from 'vitest';
import { KnownFailure } from '../../../domain/known-failure.js';
import { type Cluster } from '../../../systems/kubernetes/cluster.js';
import { waitForObject } from '../../../systems/kubernetes/wait-for.js';
import { podOf } from './support.js';

const ref = { kind: 'pods', name: 'a-0', namespace: 'n' };
const signal = new AbortController().signal;
const options = { what: 'the pod to run', timeoutMs: 10_000, intervalMs: 1, signal };
const unreachable = new KnownFailure('KubernetesUnreachable', 'The API server cannot be reached', { retryable: true });

/** Answers one after another, and then the last again and again. */
const answering = (...answers: readonly (() => ReturnType<Cluster['get']>)[]): Pick<Cluster, 'get'> => {
  let next = 0;
  return { get: async () => answers[Math.min(next++, answers.length - 1)]?.() };
};
const pod = (phase: string) => async () => podOf({ phase });
const runs = (object: Awaited<ReturnType<Cluster['get']>>): string | undefined => {
  const phase = (object?.['status'] as { phase?: string } | undefined)?.phase;
  return phase === 'Running' ? phase : undefined;
};

describe('waitForObject', () => {
  it('looks again until the object is there and as it should be', async () => {
    const cluster = answering(async () => undefined, pod('Pending'), pod('Running'));
    expect(await waitForObject(cluster, ref, runs, options)).toBe('Running');
  });

  it('can wait for an object to be gone', async () => {
    const cluster = answering(pod('Running'), async () => undefined);
    expect(await waitForObject(cluster, ref, (object) => (object ? undefined : 'gone'), options)).toBe('gone');
  });

  it('outlasts an API server that cannot be reached for a while', async () => {
    const cluster = answering(async () => Promise.reject(unreachable), pod('Running'));
    expect(await waitForObject(cluster, ref, runs, options)).toBe('Running');
  });

  it('ends at once where a retry does not help, or the reader finds that it is in vain', async () => {
    const forbidden = new KnownFailure('KubernetesForbidden', 'no');
    await expect(
      waitForObject(
        answering(async () => Promise.reject(forbidden)),
        ref,
        runs,
        options,
      ),
    ).rejects.toBe(forbidden);
    const inVain = new KnownFailure('JobFailed', 'in vain');
    const read = (): undefined => {
      throw inVain;
    };
    await expect(waitForObject(answering(pod('Failed')), ref, read, options)).rejects.toBe(inVain);
  });

  it('quotes at the deadline what the explanation found', async () => {
    const explain = async () => 'pod a-0 finds no node: Insufficient cpu';
    await expect(
      waitForObject(answering(pod('Pending')), ref, runs, { ...options, timeoutMs: 20, explain }),
    ).rejects.toMatchObject({
      type: 'TimedOut',
      retryable: true,
      message:
        'Waited 20 ms for the pod to run, in vain: pod a-0 finds no node: Insufficient cpu. The object is pods/a-0 and the namespace is n.',
    });
  });

  it('says why the object could not be read where there is no other explanation', async () => {
    const cluster = answering(async () => Promise.reject(unreachable));
    const explain = async () => Promise.reject(unreachable);
    await expect(waitForObject(cluster, ref, runs, { ...options, timeoutMs: 20, explain })).rejects.toMatchObject({
      type: 'TimedOut',
      message: expect.stringContaining('in vain: The API server cannot be reached') as string,
    });
  });

  it('ends the last look at the deadline', async () => {
    const looks: AbortSignal[] = [];
    const cluster: Pick<Cluster, 'get'> = {
      get: async (_, call) => {
        if (call?.signal) looks.push(call.signal);
        return new Promise(() => undefined);
      },
    };
    await expect(waitForObject(cluster, ref, runs, { ...options, timeoutMs: 20 })).rejects.toMatchObject({
      type: 'TimedOut',
    });
    expect(looks.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const waiting = waitForObject(answering(pod('Pending')), ref, runs, { ...options, signal: controller.signal });
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
