import { describe, expect, it } from 'vitest';
import { aborted, createInterruption, Interrupted } from '../../../client/cli/interruption.js';

describe('an interruption', () => {
  it('asks to stop first, and to leave at once second', async () => {
    const interruption = createInterruption();
    interruption.raise();
    await aborted(interruption.first);
    expect(interruption.second.aborted).toBe(false);
    interruption.raise();
    await aborted(interruption.second);
  });

  it('can leave without stopping anything, when nobody is there any more', () => {
    const interruption = createInterruption();
    interruption.hangUp();
    expect(interruption.first.aborted).toBe(false);
    expect(interruption.second.reason).toBeInstanceOf(Interrupted);
  });

  it('stops in good order when nobody is there any more, however often that is told, if a command wants it', () => {
    const interruption = createInterruption();
    interruption.stopOnHangUp();
    interruption.hangUp();
    interruption.hangUp();
    expect(interruption.first.reason).toBeInstanceOf(Interrupted);
    expect(interruption.second.aborted).toBe(false);
    interruption.raise();
    expect(interruption.second.aborted).toBe(true);
  });
});
