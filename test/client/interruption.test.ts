import { describe, expect, it } from 'vitest';
import { aborted, createInterruption, Interrupted } from '../../client/interruption.js';

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
    interruption.leave();
    expect(interruption.first.aborted).toBe(false);
    expect(interruption.second.reason).toBeInstanceOf(Interrupted);
  });
});
