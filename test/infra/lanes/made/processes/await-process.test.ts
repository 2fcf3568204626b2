import { describe, expect, it } from 'vitest';
import { KnownFailure } from '../../../../../domain/known-failure.js';
import { awaitProcess } from '../../../../../infra/lanes/made/processes/await-process.js';

const wait = (running: boolean, serves: () => Promise<boolean>, timeoutMs = 30_000) =>
  awaitProcess(
    { isRunning: () => Promise.resolve(running) },
    { name: 'storage', what: 'The S3 server', logFile: '/lane/server.log', timeoutMs },
    serves,
  );
const ended = {
  type: 'ServerNotReady',
  retryable: true,
  message: expect.stringMatching(/ended: .* The log is \/lane\/server\.log\./) as string,
};

describe('waiting for a process of a lane', () => {
  it('returns once it serves', async () => {
    let asked = 0;
    await wait(true, () => Promise.resolve((asked += 1) === 3));
    expect(asked).toBe(3);
  });

  it.each<[string, () => Promise<boolean>]>([
    ['nothing answers', () => Promise.resolve(false)],
    ['a stranger answers on its port', () => Promise.resolve(true)],
    ['a stranger shows another certificate', () => Promise.reject(new KnownFailure('OpenBaoCertificateRefused', ''))],
  ])('fails at once, naming the log, when it has ended and %s', async (_, serves) => {
    await expect(wait(false, serves)).rejects.toMatchObject(ended);
  });

  it('fails at the deadline, naming the log, when it runs and does not serve', async () => {
    await expect(wait(true, () => Promise.resolve(false), 100)).rejects.toMatchObject({
      type: 'ServerNotReady',
      retryable: true,
      message: expect.stringContaining('The log is /lane/server.log.') as string,
    });
  });

  it("passes a running server's own failure on", async () => {
    const failure = new KnownFailure('OpenBaoCertificateRefused', '');
    await expect(wait(true, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
