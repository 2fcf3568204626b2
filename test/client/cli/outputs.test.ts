import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { writeLine } from '../../../client/cli/context.js';
import { createInterruption } from '../../../client/cli/interruption.js';
import { watchOutputs } from '../../../client/cli/outputs.js';
import { collect } from '../test-context.js';

/** As the process's own: a write that fails does not end the stream. */
const broken = (code: string, terminal = false) => {
  const output = new Writable({
    autoDestroy: false,
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error(code), { code }));
    },
  });
  return Object.assign(output, terminal && { isTTY: true });
};

const watch = (stdout: Writable) => {
  const stderr = collect();
  const interruption = createInterruption();
  return { stderr, interruption, outputs: watchOutputs({ stdout, stderr, interruption }) };
};

describe('watchOutputs', () => {
  it('takes a reader that has seen enough for one Ctrl-C, however much more is written', async () => {
    const stdout = broken('EPIPE');
    const { stderr, interruption, outputs } = watch(stdout);
    writeLine(stdout, 'one');
    writeLine(stdout, 'two');
    expect(await outputs.finish(130)).toBe(130);
    expect(interruption.first.aborted).toBe(true);
    expect(interruption.second.aborted).toBe(false);
    expect(stderr.text()).toBe('');
  });

  it('stops, says so in one sentence and ends with 2 when the output is full', async () => {
    const stdout = broken('ENOSPC');
    const { stderr, interruption, outputs } = watch(stdout);
    writeLine(stdout, 'one');
    writeLine(stdout, 'two');
    expect(await outputs.finish(0)).toBe(2);
    expect(interruption.first.aborted).toBe(true);
    expect(interruption.second.aborted).toBe(false);
    expect(stderr.text()).toMatch(/^Standard output cannot be written: .* The code is ENOSPC\.\n$/);
  });

  it('leaves a drill alone when its terminal is gone', async () => {
    const stdout = broken('EIO', true);
    const { interruption, outputs } = watch(stdout);
    writeLine(stdout, 'one');
    expect(await outputs.finish(130)).toBe(130);
    expect(interruption.first.aborted).toBe(false);
    expect(interruption.second.aborted).toBe(true);
  });

  it('waits until everything is written', async () => {
    let taken = '';
    const slow = new Writable({
      write(chunk: Buffer, _encoding, done) {
        setTimeout(() => {
          taken += chunk.toString();
          done();
        }, 20);
      },
    });
    const { outputs } = watch(slow);
    writeLine(slow, 'one');
    writeLine(slow, 'two');
    expect(await outputs.finish(1)).toBe(1);
    expect(taken).toBe('one\ntwo\n');
  });
});
