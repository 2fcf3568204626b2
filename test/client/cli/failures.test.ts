import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../../client/cli/failures.js';
import { Interrupted } from '../../../client/cli/interruption.js';
import { KnownFailure } from '../../../domain/known-failure.js';

describe('describeFailure', () => {
  it('says what a known failure says, facts and all', () => {
    const failure = new KnownFailure('PortInUse', 'Port 1 is taken: choose another', { facts: { port: 1 } });
    expect(describeFailure(failure, false)).toEqual({
      exitCode: 2,
      sentence: 'Port 1 is taken: choose another. The port is 1.',
    });
  });

  it('keeps what is inside this program for those who debug it', () => {
    const facts = { code: 'ENOENT', port: 1, workflowId: 'w', runId: 'r', command: 'x' };
    const failure = new KnownFailure('PortInUse', 'Port 1 is taken: choose another', { facts });
    expect(describeFailure(failure, false).sentence).toBe('Port 1 is taken: choose another. The port is 1.');
    expect(describeFailure(failure, false, true).sentence).toBe(
      'Port 1 is taken: choose another. The port is 1. [code=ENOENT, workflowId=w, runId=r, command=x]',
    );
  });

  it('does not repeat what an unknown error says, which may be secret', () => {
    const error = Object.assign(new TypeError('token s.1234 is wrong'), { code: 'ERR_X' });
    const { exitCode, sentence } = describeFailure(error, false);
    expect(exitCode).toBe(2);
    expect(sentence).toContain('--debug');
    expect(sentence).toContain('The error is TypeError and its code is ERR_X.');
    expect(sentence).not.toContain('s.1234');
    expect(describeFailure('text', false).sentence).toContain('The error is string.');
  });

  it('names the file when the disk is full', () => {
    const error = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/var/x/y.json' });
    expect(describeFailure(error, false).sentence).toMatch(/^No space is left to write \/var\/x\/y\.json/);
  });

  it('answers an interruption with 130, and so whatever broke because of it', () => {
    expect(describeFailure(new Interrupted(), false)).toEqual({ exitCode: 130 });
    expect(describeFailure(new Interrupted('Left as it is.'), false)).toEqual({
      exitCode: 130,
      sentence: 'Left as it is.',
    });
    expect(describeFailure(new Error('aborted'), true)).toEqual({ exitCode: 130 });
  });

  it('counts a drill that was terminated as one that ran and did not pass', () => {
    expect(describeFailure(new KnownFailure('DrillTerminated', 'It was terminated'), false).exitCode).toBe(1);
  });
});
