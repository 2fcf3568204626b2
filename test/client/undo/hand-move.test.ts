import { describe, expect, it } from 'vitest';
import { Interrupted } from '../../../client/cli/interruption.js';
import { awaitHandMove } from '../../../client/undo/hand-move.js';
import { exampleTopology } from '../../support/drills/example-topology.js';
import { createTestContext } from '../test-context.js';

const topology = exampleTopology();

/** Nothing follows until it is stopped. */
const neverSeen = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => setTimeout(() => reject(new Error('stopped')), 50)),
  );

describe('asking a person to move the clients', () => {
  it('takes no signal from outside for the answer that they were moved', async () => {
    const context = createTestContext();
    const moving = awaitHandMove(context, {
      topology,
      timeoutSeconds: 60,
      seen: neverSeen,
      mayAsk: true,
    });
    context.interruption.raise();
    await expect(moving).rejects.toBeInstanceOf(Interrupted);
  });
});
