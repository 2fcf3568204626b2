import { expect, it } from 'vitest';
import { disposalOf, partsOf, serversOf } from '../../../activities/lane/abilities.js';

it.each([
  ['servers', serversOf, 'LaneWithoutServers', 'plan its drills with "disaster: none"'],
  ['parts', partsOf, 'UnknownLanePart', 'is made in one step'],
  ['disposal', disposalOf, 'LaneNotRemovable', 'removes nothing of it'],
] as const)('says in one sentence that a lane has no %s', (_, of, type, said) => {
  expect(() => of({ name: 'theirs' })).toThrow(
    expect.objectContaining({
      type,
      retryable: false,
      message: expect.stringMatching(`^[^.]*${said}.*\\.$`) as string,
    }) as Error,
  );
});
